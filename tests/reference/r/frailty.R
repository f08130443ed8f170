# Rscript frailty.R : reads cohort_small.csv, writes frailty_r.csv (here).
source("write.R")
d <- read.csv("cohort_small.csv")
d$a <- as.integer(d$level == "b"); d$c <- as.integer(d$level == "c")
tight <- coxph.control(eps = 1e-12, iter.max = 60, outer.max = 60, toler.chol = 1e-14)
one <- function(name, f) {
  k <- 4
  keep(name, "coef", coef(f)[1:k]); keep(name, "frailty", coef(f)[-(1:k)])
  keep(name, "var", f$var[1:k, 1:k])
  h <- f$history[[1]]
  keep(name, "theta", h$theta); keep(name, "c.loglik", h$c.loglik); keep(name, "loglik", f$loglik)
}
fr <- function(centre, ...) frailty(centre, distribution = "gamma", sparse = FALSE, ...)
one("em", coxph(Surv(time, event) ~ x1 + x2 + a + c + fr(centre, method = "em", eps = 1e-10), d, control = tight))
one("breslow", coxph(Surv(time, event) ~ x1 + x2 + a + c + fr(centre, method = "em", eps = 1e-10), d, ties = "breslow", control = tight))
one("entry", coxph(Surv(entry, time, event) ~ x1 + x2 + a + c + fr(centre, method = "em", eps = 1e-10), d, control = tight))
one("strata", coxph(Surv(time, event) ~ x1 + x2 + a + c + strata(id %% 2) + fr(centre, method = "em", eps = 1e-10), d, control = tight))
for (theta in c(0.1, 0.5, 2)) one(paste0("fixed.", theta), coxph(Surv(time, event) ~ x1 + x2 + a + c + fr(centre, theta = theta), d, control = tight))
keep("none", "loglik", coxph(Surv(time, event) ~ x1 + x2 + a + c, d, control = tight)$loglik)
s <- coxph(Surv(time, event) ~ x1 + x2 + a + c + strata(centre), d, control = tight)
keep("stratified", "coef", coef(s)); keep("stratified", "var", vcov(s))
s <- coxph(Surv(time, event) ~ x1 + x2 + a + c, d, cluster = centre, control = tight)
keep("clustered", "coef", coef(s)); keep("clustered", "var", vcov(s))
keep("median.ratio", "theta", c(0.1, 0.5, 1)); keep("median.ratio", "ratio", qf(0.75, 2 / c(0.1, 0.5, 1), 2 / c(0.1, 0.5, 1)))
write_found("frailty_r.csv")
