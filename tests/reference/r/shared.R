# Rscript shared.R FOLDER : FOLDER holds survival/ and crlm_clinical/; writes survival_shared_r.csv (here). No row leaves the tables.
source("write.R")
folder <- commandArgs(TRUE)[1]
keep_at <- function(name, fit, times) {  # at a few times only: whole curves would be the patients' times
  found <- summary(fit, times = times, extend = TRUE)
  keep(name, "time", times)
  if (is.null(fit$pstate)) {
    for (item in c("surv", "std.err", "lower", "upper", "n.risk")) keep(name, item, found[[item]])
    q <- quantile(fit, c(0.25, 0.5, 0.75))
    keep(name, "quantile", q$quantile); keep(name, "quantile.lower", q$lower); keep(name, "quantile.upper", q$upper)
  } else {
    for (state in 2:ncol(fit$pstate)) {
      for (item in c("pstate", "std.err", "lower", "upper")) keep(name, paste0(item, ".", state - 1), found[[item]][, state])
    }
  }
}
YEARS <- c(12, 24, 36, 60)
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50)
d <- read.csv(file.path(folder, "crlm_clinical", "crlm_clinical.csv"), na.strings = c("", "-999", "-999.0"))
os <- d$overall_survival_months; dead <- d$vital_status
for (kind in c("log", "log-log")) {
  keep_at(paste0("crlm.os.", kind), survfit(Surv(os, dead) ~ 1, conf.type = kind), YEARS)
  keep_at(paste0("crlm.dfs.", kind), survfit(Surv(months_to_DFS_progression, vital_status_DFS) ~ 1, d, conf.type = kind), YEARS)
}
keep_cox("crlm.score", coxph(Surv(os, dead) ~ clinrisk_score, d, control = tight))
keep("crlm.score", "n", sum(!is.na(d$clinrisk_score)))
parts <- coxph(Surv(os, dead) ~ node_positive_primary + synchronous_crlm + multiple_metastases + I(carcinoembryonic_antigen > 200) +
                 I(max_tumor_size > 5), d, control = tight)
keep_cox("crlm.parts", parts)
keep("crlm.parts.zph", "table", cox.zph(parts)$table[, c("chisq", "p")])
f <- survdiff(Surv(os, dead) ~ clinrisk_stratified, d); keep("crlm.logrank", "chisq", f$chisq)
status <- ifelse(d$progression_or_recurrence_liveronly == 1, 1, ifelse(dead == 1, 2, 0))
when <- ifelse(status == 1, d$months_to_liver_DFS_progression, os)
keep_at("crlm.liver", survfit(Surv(when, factor(status, 0:2)) ~ 1, conf.type = "log-log", id = seq_along(os)), YEARS)
keep("crlm.liver", "n", table(status))
ok <- !is.na(d$clinrisk_stratified)
keep("crlm.gray", "stat", cuminc(when[ok], status[ok], d$clinrisk_stratified[ok])$Tests[, "stat"])
x <- as.matrix(d[ok, "clinrisk_score", drop = FALSE])
f <- crr(when[ok], status[ok], x, gtol = 1e-12, maxiter = 50)
keep("crlm.crr", "coef", f$coef); keep("crlm.crr", "var", f$var)

h <- read.csv(file.path(folder, "survival", "hepatoCellular.csv"))
keep_at("hcc.os", survfit(Surv(OS, Death) ~ 1, h, conf.type = "log-log"), YEARS)
keep_at("hcc.rfs", survfit(Surv(RFS, Recurrence) ~ 1, h, conf.type = "log"), YEARS)
keep_cox("hcc.cox", coxph(Surv(OS, Death) ~ Age + Tumorsize + Vascularinvasion + strata(Gender), h, control = tight))
l <- read.csv(file.path(folder, "survival", "lung_cancer.csv"))
keep_at("lung", survfit(Surv(time, status == 2) ~ 1, l, conf.type = "log-log"), c(90, 180, 360, 720))
keep_cox("lung.cluster", coxph(Surv(time, status == 2) ~ age + sex + ph.ecog, l[!is.na(l$inst), ], cluster = inst, control = tight))
f <- survdiff(Surv(time, status == 2) ~ sex, l); keep("lung.logrank", "chisq", f$chisq)
write_found("survival_shared_r.csv")
