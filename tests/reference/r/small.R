# Rscript small.R : reads survival_small.csv, writes survival_small_r.csv (here).
source("write.R")
d <- read.csv("survival_small.csv", stringsAsFactors = TRUE)
d$event <- as.integer(d$cause > 0)
d$b <- as.integer(d$group == "B"); d$c <- as.integer(d$group == "C")

for (kind in c("log", "log-log", "plain")) {
  keep_km(paste0("km.", kind), survfit(Surv(time, event) ~ 1, d, conf.type = kind))
  keep_km(paste0("km.entry.", kind), survfit(Surv(entry, time, event) ~ 1, d, conf.type = kind))
}
keep_km("km.times", survfit(Surv(time, event) ~ 1, d, weights = times, conf.type = "log-log", robust = FALSE))
keep_km("km.weight", survfit(Surv(time, event) ~ 1, d, weights = weight, conf.type = "log-log", robust = TRUE))
keep_km("km.entry.weight", survfit(Surv(entry, time, event) ~ 1, d, weights = weight, id = id, conf.type = "log-log", robust = TRUE))
keep_km("km.cluster", survfit(Surv(time, event) ~ 1, d, cluster = cluster, conf.type = "log-log", robust = TRUE))
keep_km("km.reverse", survfit(Surv(time, 1 - event) ~ 1, d, conf.type = "log-log"))
s <- survfit(Surv(time, event) ~ 1, d)
for (tau in c(10, 20)) keep("rmst", paste0("tau.", tau), summary(s, rmean = tau)$table[c("rmean", "se(rmean)")])
for (g in c("A", "B", "C")) {
  keep("rmst", paste0("tau.15.", g), summary(survfit(Surv(time, event) ~ 1, d[d$group == g, ]), rmean = 15)$table[c("rmean", "se(rmean)")])
}

for (rho in c(0, 1)) {
  f <- survdiff(Surv(time, event) ~ group, d, rho = rho)
  keep(paste0("logrank.", rho), "chisq", f$chisq); keep(paste0("logrank.", rho), "obs", f$obs); keep(paste0("logrank.", rho), "exp", f$exp)
  keep(paste0("logrank.", rho), "var", f$var)
}
f <- survdiff(Surv(time, event) ~ group + strata(stratum), d)
keep("logrank.strata", "chisq", f$chisq); keep("logrank.strata", "obs", rowSums(f$obs)); keep("logrank.strata", "exp", rowSums(f$exp))
keep("logrank.entry", "chisq", coxph(Surv(entry, time, event) ~ group, d, ties = "exact")$score)

state <- factor(d$cause, 0:2, c("censor", "one", "two"))
for (kind in c("log", "log-log")) {
  keep_cuminc(paste0("aj.", kind), survfit(Surv(time, state) ~ 1, d, conf.type = kind, id = id))
  keep_cuminc(paste0("aj.entry.", kind), survfit(Surv(entry, time, state) ~ 1, d, conf.type = kind, id = id))
}
keep_cuminc("aj.weight", survfit(Surv(time, state) ~ 1, d, weights = weight, conf.type = "log-log", id = id))

f <- cuminc(d$time, d$cause, d$group)
keep("gray", "stat", f$Tests[, "stat"]); keep("gray", "df", f$Tests[, "df"])
f <- cuminc(d$time, d$cause, d$group, d$stratum)
keep("gray.strata", "stat", f$Tests[, "stat"])
f <- cuminc(d$time, d$cause, d$x2)
keep("gray.two", "stat", f$Tests[, "stat"])
f <- cuminc(d$time, d$cause, d$group, rho = 1)
keep("gray.rho", "stat", f$Tests[, "stat"])

tight <- coxph.control(eps = 1e-13, iter.max = 50)
for (ties in c("efron", "breslow")) {
  p <- function(...) paste("cox", ties, ..., sep = ".")
  keep_cox(p("plain"), coxph(Surv(time, event) ~ x1 + x2, d, ties = ties, control = tight))
  keep_cox(p("entry"), coxph(Surv(entry, time, event) ~ x1 + x2, d, ties = ties, control = tight))
  keep_cox(p("strata"), coxph(Surv(time, event) ~ x1 + x2 + strata(stratum), d, ties = ties, control = tight))
  keep_cox(p("weight"), coxph(Surv(time, event) ~ x1 + x2, d, weights = weight, robust = TRUE, ties = ties, control = tight))
  keep_cox(p("robust"), coxph(Surv(time, event) ~ x1 + x2, d, robust = TRUE, ties = ties, control = tight))
  keep_cox(p("cluster"), coxph(Surv(time, event) ~ x1 + x2, d, cluster = cluster, ties = ties, control = tight))
  keep_cox(p("all"), coxph(Surv(entry, time, event) ~ x1 + x2 + b + c + strata(stratum), d, weights = weight, cluster = cluster,
                           ties = ties, control = tight))
}
f <- coxph(Surv(entry, time, event) ~ x1 + x2 + b + c + strata(stratum), d, weights = weight, cluster = cluster, control = tight)
keep("residuals", "score", residuals(f, "score")); keep("residuals", "martingale", residuals(f, "martingale"))
keep("residuals", "dfbeta", residuals(f, "dfbeta"))
f <- coxph(Surv(time, event) ~ x1 + x2, d, control = tight)
for (kind in c("km", "identity", "rank", "log")) {
  z <- cox.zph(f, transform = kind)
  keep(paste0("zph.", kind), "table", z$table[, c("chisq", "p")])
}
keep("zph.km", "y", cox.zph(f, transform = "km")$y); keep("zph.km", "x", cox.zph(f, transform = "km")$x)
keep("schoenfeld", "residuals", residuals(f, "schoenfeld"))
f2 <- coxph(Surv(entry, time, event) ~ x1 + x2 + strata(stratum), d, control = tight)
keep("zph.entry.strata", "table", cox.zph(f2)$table[, c("chisq", "p")])
b <- basehaz(f, centered = FALSE)
keep("baseline", "hazard", b$hazard); keep("baseline", "time", b$time)

x <- as.matrix(d[, c("x1", "x2", "b", "c")])
keep_crr("crr.1", crr(d$time, d$cause, x[, 1:2], gtol = 1e-12, maxiter = 50))
keep_crr("crr.2", crr(d$time, d$cause, x[, 1:2], failcode = 2, gtol = 1e-12, maxiter = 50))
keep_crr("crr.4", crr(d$time, d$cause, x, gtol = 1e-12, maxiter = 50))
keep_crr("crr.cengroup", crr(d$time, d$cause, x[, 1:2], cengroup = d$stratum, gtol = 1e-12, maxiter = 50))
write_found("survival_small_r.csv")
