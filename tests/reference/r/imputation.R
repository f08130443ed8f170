# Rscript imputation.R : reads cohort_small.csv, writes imputation_r.csv (here). Takes half a minute.
source("write.R")
suppressPackageStartupMessages(library(mice))
d <- read.csv("cohort_small.csv", na.strings = "")
q <- c(0.8, 1.1, 0.95, 1.3, 0.7); u <- c(0.04, 0.05, 0.045, 0.05, 0.06)
keep("scalar", "q", q); keep("scalar", "u", u)
for (n in c(Inf, 40, 9)) {
  p <- pool.scalar(q, u, n = n + 3, k = 3)
  name <- paste0("scalar.", n)
  keep(name, "all", c(p$qbar, p$ubar, p$b, p$t, p$df, p$r, p$fmi))
}
m <- data.frame(x1 = d$x1_gaps, x2 = factor(d$x2_gaps), level = factor(d$level_gaps), event = d$event,
                hazard = {f <- survfit(Surv(time, event) ~ 1, d); f$cumhaz[match(d$time, f$time)]})
keep("hazard", "from.origin", m$hazard)
f <- survfit(Surv(entry, time, event) ~ 1, d)
at <- function(t) c(0, f$cumhaz)[findInterval(t, f$time) + 1]
keep("hazard", "from.entry", at(d$time) - at(d$entry))
few <- mice(m, m = 8, maxit = 5, seed = 3, printFlag = FALSE)
fits <- lapply(1:8, function(i) coxph(Surv(d$time, d$event) ~ x1 + x2 + level, complete(few, i)))
keep("pool", "coef", do.call(rbind, lapply(fits, coef))); keep("pool", "var", do.call(cbind, lapply(fits, function(f) as.vector(vcov(f)))))
s <- summary(pool(as.mira(fits), dfcom = 150), conf.int = TRUE)
for (item in c("estimate", "std.error", "df", "p.value", "2.5 %", "97.5 %")) keep("pool", item, s[[item]])
p <- pool(as.mira(fits), dfcom = 150)$pooled
keep("pool", "fmi", p$fmi); keep("pool", "riv", p$riv)
without <- lapply(1:8, function(i) coxph(Surv(d$time, d$event) ~ x1 + x2, complete(few, i)))
keep("d1", "result", D1(as.mira(fits), as.mira(without), dfcom = 1e9)$result)
many <- mice(m, m = 300, maxit = 10, seed = 7, printFlag = FALSE)
fits <- lapply(1:300, function(i) coxph(Surv(d$time, d$event) ~ x1 + x2 + level, complete(many, i)))
s <- summary(pool(as.mira(fits), dfcom = 150))
keep("many", "estimate", s$estimate); keep("many", "std.error", s$std.error); keep("many", "fmi", pool(as.mira(fits), dfcom = 150)$pooled$fmi)
found[[length(found) + 1]] <- data.frame(analysis = "versions", item = "mice", index = 1, value = as.character(packageVersion("mice")))
write_found("imputation_r.csv")
