# Rscript dose_response.R : reads dose_small.csv, writes dose_response_r.csv (here).
source("write.R")
suppressPackageStartupMessages({library(MASS); library(sandwich)})
d <- read.csv("dose_small.csv")
tight <- glm.control(epsilon = 1e-14, maxit = 100)
f <- glm(response ~ log(dose_Gy), binomial, d, control = tight)
a <- coef(f)[[1]]; b <- coef(f)[[2]]
keep("glm", "coef", coef(f)); keep("glm", "var", vcov(f)); keep("glm", "loglik", c(-f$null.deviance / 2, -f$deviance / 2))
keep("glm", "d50", exp(-a / b)); keep("glm", "gamma50", b / 4)
# profile likelihood of the slope and of D50, by root finding on the deviance of constrained fits
crit <- qchisq(0.95, 1)
slope <- function(s) glm(response ~ 1 + offset(s * log(dose_Gy)), binomial, d, control = tight)$deviance - f$deviance - crit
d50 <- function(l) glm(response ~ 0 + I(log(dose_Gy) - l), binomial, d, control = tight)$deviance - f$deviance - crit
se <- sqrt(vcov(f)[2, 2])
root <- function(g, from, to) uniroot(g, c(from, to), tol = 1e-12)$root
keep("profile", "gamma50", c(root(slope, b - 5 * se, b), root(slope, b, b + 5 * se)) / 4)
keep("profile", "d50", exp(c(root(d50, -a / b - 2, -a / b), root(d50, -a / b, -a / b + 2))))
v <- vcovCL(f, cluster = d$patient, type = "HC0", cadjust = TRUE)
keep("cluster", "var", v)
x <- cbind(1, log(c(60, 170, 400))); eta <- as.vector(x %*% coef(f)); q <- qt(0.975, length(unique(d$patient)) - 1)
e <- sqrt(diag(x %*% v %*% t(x)))
keep("curve", "p", plogis(eta)); keep("curve", "low", plogis(eta - q * e)); keep("curve", "high", plogis(eta + q * e))
# Fieller as the set of log doses whose logit is not refused, by root finding
test <- function(l) { x <- c(1, l); (sum(x * coef(f)))^2 - q^2 * as.numeric(t(x) %*% v %*% x) }
keep("cluster", "d50", exp(c(root(test, -a / b - 2, -a / b), root(test, -a / b, -a / b + 2))))
keep("cluster", "gamma50", (b + c(-1, 1) * q * sqrt(v[2, 2])) / 4)
bend <- glm(response ~ log(dose_Gy) + I(log(dose_Gy)^2), binomial, d, control = tight)
keep("bend", "p", pchisq(f$deviance - bend$deviance, 1, lower.tail = FALSE))
keep("auc", "auc", wilcox.test(d$dose_Gy[d$response == 1], d$dose_Gy[d$response == 0], exact = FALSE)$statistic / (sum(d$response) * sum(1 - d$response)))
write_found("dose_response_r.csv")
