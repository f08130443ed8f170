# Rscript adjusted.R : reads adjusted_small.csv, writes adjusted_small_r.csv (here). R with survival and Hmisc.
source("write.R")
suppressMessages(library(Hmisc))
d <- read.csv("adjusted_small.csv")
d$stage <- factor(d$stage, c("one", "three", "two")); d$sex <- factor(d$sex, c("m", "f")); d$group <- factor(d$first)
tight <- coxph.control(eps = 1e-13, iter.max = 50)

# weighting
g <- glm(first ~ age + sex + stage, binomial, d, control = list(epsilon = 1e-14, maxit = 50))
keep("logistic", "coef", coef(g)); keep("logistic", "var", vcov(g)); keep("logistic", "loglik", logLik(g)); keep("logistic", "fitted", fitted(g))
e <- fitted(g); share <- mean(d$first)
plain <- ifelse(d$first == 1, 1 / e, 1 / (1 - e))
stable <- ifelse(d$first == 1, share / e, (1 - share) / (1 - e))
between <- function(w, part) pmin(pmax(w, quantile(w, part)), quantile(w, 1 - part))
treated <- ifelse(d$first == 1, 1, e / (1 - e))
odds <- d$first == 0
treated.cut <- treated; treated.cut[odds] <- between(treated[odds], 0.05)
effective <- function(w) tapply(w, d$first, function(x) sum(x)^2 / sum(x^2))
for (name in c("plain", "stable", "cut", "treated", "treated.cut")) {
  w <- switch(name, plain = plain, stable = stable, cut = between(stable, 0.05), treated = treated, treated.cut = treated.cut)
  p <- paste0("weights.", name)
  keep(p, "weight", w); keep(p, "effective", effective(w))
  f <- coxph(Surv(time, event) ~ first, d, weights = w, robust = TRUE, control = tight)
  keep(p, "coef", coef(f)); keep(p, "var", f$var)
  f <- coxph(Surv(time, event) ~ first, d, weights = w, cluster = centre, control = tight)
  keep(p, "var.centre", f$var)
  for (one in 0:1) {
    s <- summary(survfit(Surv(time, event) ~ 1, d[d$first == one, ], weights = w[d$first == one], conf.type = "log-log", robust = TRUE), times = c(6, 12, 18))
    for (item in c("surv", "std.err", "lower", "upper")) keep(paste0(p, ".km.", one), item, s[[item]])
  }
}
weighted.spread <- function(x, w) { m <- weighted.mean(x, w); c(m, sum(w) / (sum(w)^2 - sum(w^2)) * sum(w * (x - m)^2)) }
apart <- function(x, w) { a <- weighted.spread(x[odds], w[odds]); b <- weighted.spread(x[!odds], w[!odds]); (b[1] - a[1]) / sqrt((a[2] + b[2]) / 2) }
shares <- function(x, w) {
  a <- tapply(w[odds], x[odds], sum) / sum(w[odds]); b <- tapply(w[!odds], x[!odds], sum) / sum(w[!odds])
  s <- (diag(a) - a %o% a + diag(b) - b %o% b) / 2; t <- (b - a)[-1]
  sqrt(drop(t %*% solve(s[-1, -1, drop = FALSE]) %*% t))
}
ones <- rep(1, nrow(d))
keep("balance", "before", c(apart(d$age, ones), shares(d$sex, ones), shares(d$stage, ones)))
keep("balance", "after", c(apart(d$age, stable), shares(d$sex, stable), shares(d$stage, stable)))

# splines
for (k in 3:7) {
  b <- rcspline.eval(d$age, nk = k, inclx = TRUE, fractied = 0)
  keep(paste0("spline.", k), "knots", attr(b, "knots")); keep(paste0("spline.", k), "basis", b[1:12, ])
}
keep("spline.few", "knots", rcspline.eval(d$age[1:60], nk = 5, knots.only = TRUE, fractied = 0))
wald <- function(f, which) { b <- coef(f)[which]; drop(b %*% solve(f$var[which, which]) %*% b) }
curve <- function(f, knots, at, reference) {
  l <- rcspline.eval(at, knots = knots, inclx = TRUE) - matrix(rcspline.eval(reference, knots = knots, inclx = TRUE), length(at), length(knots) - 1, byrow = TRUE)
  which <- seq_len(ncol(l))
  list(log = drop(l %*% coef(f)[which]), se = sqrt(diag(l %*% f$var[which, which] %*% t(l))))
}
keep_spline <- function(name, f, linear, knots, at, reference) {
  keep(name, "coef", coef(f)); keep(name, "var", f$var)
  spline <- seq_len(length(knots) - 1)
  keep(name, "wald.nonlinear", wald(f, spline[-1])); keep(name, "wald.overall", wald(f, spline))
  keep(name, "lr.nonlinear", 2 * (f$loglik[2] - linear$loglik[2]))
  found <- curve(f, knots, at, reference); keep(name, "curve", found$log); keep(name, "curve.se", found$se)
}
knots <- rcspline.eval(d$marker, nk = 4, knots.only = TRUE, fractied = 0)
b <- rcspline.eval(d$marker, knots = knots, inclx = TRUE)
at <- c(1, 3, 7, 10, 30, 60)
keep_spline("spline.alone", coxph(Surv(time, event) ~ b, d, control = tight), coxph(Surv(time, event) ~ marker, d, control = tight), knots, at, median(d$marker))
keep_spline("spline.adjusted", coxph(Surv(time, event) ~ b + age + first, d, control = tight), coxph(Surv(time, event) ~ marker + age + first, d, control = tight), knots, at, 10)
keep_spline("spline.weighted", coxph(Surv(time, event) ~ b + strata(sex), d, weights = weight, robust = TRUE, control = tight), coxph(Surv(time, event) ~ marker + strata(sex), d, weights = weight, robust = TRUE, control = tight), knots, at, 10)

# interaction of two exposures
additive <- function(name, b, v) {
  q <- qnorm(0.975); r10 <- exp(b[1]); r01 <- exp(b[2]); r11 <- exp(sum(b[1:3]))
  h <- c(r11 - r10, r11 - r01, r11); value <- r11 - r10 - r01 + 1; se <- sqrt(drop(h %*% v %*% h))
  keep(name, "reri", c(value, value - q * se, value + q * se))
  h <- c((r11 - r10) / r11 - value / r11, (r11 - r01) / r11 - value / r11, 1 - value / r11)
  value <- value / r11; se <- sqrt(drop(h %*% v %*% h)); keep(name, "ap", c(value, value - q * se, value + q * se))
  h <- c(r11 / (r11 - 1) - r10 / (r10 + r01 - 2), r11 / (r11 - 1) - r01 / (r10 + r01 - 2), r11 / (r11 - 1))
  value <- (r11 - 1) / (r10 + r01 - 2); se <- sqrt(drop(h %*% v %*% h)); keep(name, "s", value * exp(c(0, -1, 1) * q * se))
}
keep_interaction <- function(name, f) {
  keep(name, "coef", coef(f)[1:3]); keep(name, "var", f$var[1:3, 1:3]); additive(name, coef(f)[1:3], f$var[1:3, 1:3])
}
d$both <- d$first * d$second
keep_interaction("interaction.alone", coxph(Surv(time, event) ~ first + second + both, d, control = tight))
keep_interaction("interaction.adjusted", coxph(Surv(time, event) ~ first + second + both + age + stage, d, control = tight))
keep_interaction("interaction.clustered", coxph(Surv(time, event) ~ first + second + both, d, weights = weight, cluster = centre, control = tight))
d$not <- 1 - d$first; d$notboth <- d$not * d$second
keep_interaction("interaction.recoded", coxph(Surv(time, event) ~ not + second + notboth, d, control = tight))
s <- summary(survfit(Surv(time, event) ~ first + second, d), times = c(6, 12), extend = FALSE)
surv <- matrix(s$surv, 2); se <- matrix(s$std.err, 2)  # cells 00, 01, 10, 11
keep("interaction.survival", "difference", surv[, 4] - surv[, 3] - surv[, 2] + surv[, 1]); keep("interaction.survival", "se", sqrt(rowSums(se^2)))
# oral cancer by alcohol and smoking (Rothman and Keller 1972, as in Hosmer and Lemeshow 1992): cases and controls of the cells 00, 01, 10, 11
oral <- data.frame(alcohol = c(0, 0, 1, 1), smoking = c(0, 1, 0, 1), cases = c(3, 8, 6, 225), controls = c(20, 18, 12, 166))
f <- glm(cbind(cases, controls) ~ alcohol * smoking, binomial, oral, control = list(epsilon = 1e-14, maxit = 50))
keep("oral", "coef", coef(f)[2:4]); keep("oral", "var", vcov(f)[2:4, 2:4]); additive("oral", coef(f)[2:4], vcov(f)[2:4, 2:4])

# subgroups
for (level in c("one", "three", "two")) {
  f <- coxph(Surv(time, event) ~ first, d[d$stage == level, ], control = tight)
  keep(paste0("subgroup.stage.", level), "coef", coef(f)); keep(paste0("subgroup.stage.", level), "var", f$var)
}
both <- coxph(Surv(time, event) ~ stage + first + first:stage, d, control = tight); none <- coxph(Surv(time, event) ~ stage + first, d, control = tight)
keep("subgroup.stage", "lr", 2 * (both$loglik[2] - none$loglik[2])); keep("subgroup.stage", "lr.p", anova(none, both)[2, 4])
f <- coxph(Surv(time, event) ~ stage + first + first:stage, d, cluster = centre, control = tight)
keep("subgroup.stage.clustered", "wald", wald(f, 4:5))
f <- coxph(Surv(time, event) ~ age + first + stage + first:stage, d, control = tight); none <- coxph(Surv(time, event) ~ age + first + stage, d, control = tight)
keep("subgroup.stage.adjusted", "lr", 2 * (f$loglik[2] - none$loglik[2]))

p <- c(0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216, 0.222, 0.251, 0.041, 0.9)
keep("p", "given", p)
for (method in c("bonferroni", "holm", "BH")) keep("p", method, p.adjust(p, method))
found <- c(list(data.frame(analysis = "versions", item = "Hmisc", index = 1, value = as.character(packageVersion("Hmisc")))), found)
write_found("adjusted_small_r.csv")
