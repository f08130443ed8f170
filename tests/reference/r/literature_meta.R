# Rscript literature_meta.R : writes literature_*.csv (data) and literature_meta_r.csv (numbers) here. R with metafor and survival.
suppressMessages(library(metafor))
found <- list()
keep <- function(analysis, item, value) {
  value <- as.vector(unlist(value)); if (length(value) == 0) return(invisible())
  found[[length(found) + 1]] <<- data.frame(analysis, item, index = seq_along(value),
                                            value = ifelse(is.na(value), "", sprintf("%.17g", value)))
}
tight <- list(threshold = 1e-12, maxiter = 10000, tol = 1e-12)
keep_fit <- function(name, fit) {
  keep(name, "b", fit$b); keep(name, "se", fit$se); keep(name, "stat", fit$zval); keep(name, "p", fit$pval)
  keep(name, "ci", cbind(fit$ci.lb, fit$ci.ub)); keep(name, "Q", c(fit$QE, fit$QEp))
  keep(name, "tau2", fit$tau2); keep(name, "se.tau2", fit$se.tau2); keep(name, "I2", fit$I2); keep(name, "H2", fit$H2)
  if (fit$p > 1) { keep(name, "QM", c(fit$QM, fit$QMp)); if (!is.null(fit$R2)) keep(name, "R2", fit$R2) }
}
keep_data <- function(name, d, yi) {
  for (method in c("EE", "DL", "REML", "ML", "PM")) keep_fit(paste0(name, ".", method), rma(yi, vi, data = d, method = method, control = tight))
  for (method in c("DL", "REML", "PM")) {
    f <- rma(yi, vi, data = d, method = method, test = "knha", control = tight)
    keep_fit(paste0(name, ".", method, ".hk"), f); p <- predict(f); keep(paste0(name, ".", method, ".hk"), "pi", c(p$pi.lb, p$pi.ub))
  }
  f <- rma(yi, vi, data = d, method = "REML", control = tight)
  p <- predict(f); keep(paste0(name, ".REML"), "pi", c(p$pi.lb, p$pi.ub))
  h <- confint(f, control = list(tol = 1e-12))$random
  keep(paste0(name, ".REML"), "qprofile", h[c("tau^2", "I^2(%)", "H^2"), c("ci.lb", "ci.ub")])
  for (model in c("lm", "rma")) { e <- regtest(f, model = model); keep(paste0(name, ".egger.", model), "all", c(e$zval, e$pval, e$est)) }
  for (side in c("left", "right")) for (how in c("L0", "R0")) {
    t <- trimfill(f, side = side, estimator = how)
    again <- rma(c(t$yi), c(t$vi), method = "REML", control = tight) # trimfill itself stops at a change of 1e-5
    keep(paste0(name, ".trimfill.", side, ".", how), "all", c(t$k0, again$b, again$se, again$tau2))
  }
  l <- leave1out(f); keep(paste0(name, ".leave1out"), "estimate", l$estimate); keep(paste0(name, ".leave1out"), "se", l$se)
  keep(paste0(name, ".leave1out"), "tau2", l$tau2)
  cu <- cumul(f); keep(paste0(name, ".cumul"), "estimate", cu$estimate); keep(paste0(name, ".cumul"), "se", cu$se); keep(paste0(name, ".cumul"), "tau2", cu$tau2)
}

bcg <- dat.bcg
write.csv(bcg[c("trial", "year", "tpos", "tneg", "cpos", "cneg", "ablat")], "literature_bcg.csv", row.names = FALSE, quote = FALSE)
for (m in c("RR", "OR", "RD")) {
  d <- escalc(m, ai = tpos, bi = tneg, ci = cpos, di = cneg, data = bcg)
  keep(paste0("bcg.", m), "yi", d$yi); keep(paste0("bcg.", m), "vi", d$vi)
  if (m != "RD") keep_data(paste0("bcg.", m), d)
}
d <- escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = bcg)
keep_fit("bcg.ablat", rma(yi, vi, mods = ~ ablat, data = d, control = tight))
keep_fit("bcg.ablat.hk", rma(yi, vi, mods = ~ ablat, data = d, test = "knha", control = tight))
keep_fit("bcg.ablat.year", rma(yi, vi, mods = ~ ablat + year, data = d, control = tight))
keep_fit("bcg.ablat.year.DL", rma(yi, vi, mods = ~ ablat + year, data = d, method = "DL", control = tight))

h <- dat.hackshaw1998
write.csv(data.frame(study = h$study, or = h$or, low = h$or.lb, high = h$or.ub, yi = h$yi, vi = h$vi), "literature_hackshaw.csv", row.names = FALSE, quote = FALSE)
keep_data("hackshaw", h)

li <- dat.li2007
write.csv(li[c("id", "year", "ai", "n1i", "ci", "n2i")], "literature_magnesium.csv", row.names = FALSE, quote = FALSE)
d <- escalc("OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = li)
keep("magnesium", "yi", d$yi); keep("magnesium", "vi", d$vi)
keep_data("magnesium", d)

p <- dat.pritz1997
write.csv(p[c("study", "xi", "ni")], "literature_pritz.csv", row.names = FALSE, quote = FALSE)
for (m in c("PLO", "PAS", "PFT", "PR")) {
  d <- escalc(m, xi = xi, ni = ni, data = p)
  keep(paste0("pritz.", m), "yi", d$yi); keep(paste0("pritz.", m), "vi", d$vi)
  keep_data(paste0("pritz.", m), d)
}
f <- rma(yi, vi, data = escalc("PFT", xi = xi, ni = ni, data = p), control = tight)
b <- predict(f, transf = transf.ipft.hm, targs = list(ni = p$ni)); keep("pritz.PFT", "back", c(b$pred, b$ci.lb, b$ci.ub))

g <- dat.pignon2000
g$yi <- g$OmE / g$V; g$vi <- 1 / g$V
write.csv(g[c("id", "OmE", "V", "grp")], "literature_pignon.csv", row.names = FALSE, quote = FALSE)
keep_data("pignon", g)

# logit with a normal random intercept, maximum likelihood: each study's likelihood by adaptive integration, no quadrature rule
loglik <- function(par, x, n) {
  s <- exp(par[2])
  sum(mapply(function(x, n) {
    g <- function(u) dbinom(x, n, plogis(par[1] + s * u), log = TRUE) + dnorm(u, log = TRUE)
    top <- optimize(g, c(-12, 12), maximum = TRUE, tol = 1e-10)
    top$objective + log(integrate(function(u) exp(g(u) - top$objective), top$maximum - 9, top$maximum + 9, rel.tol = 1e-12, subdivisions = 2000)$value)
  }, x, n))
}
glmm <- function(name, x, n) {
  f <- optim(c(qlogis(sum(x) / sum(n)), log(0.7)), function(q) -loglik(q, x, n), method = "Nelder-Mead", control = list(reltol = 1e-15, maxit = 5000))
  hess <- optimHess(f$par, function(q) -loglik(q, x, n), control = list(ndeps = c(1e-4, 1e-4)))
  keep(name, "all", c(f$par[1], sqrt(solve(hess)[1, 1]), exp(f$par[2])^2, -f$value))
}
glmm("pritz.GLMM", p$xi, p$ni)
b <- dat.debruin2009
write.csv(b[c("xi", "ni")], "literature_debruin.csv", row.names = FALSE, quote = FALSE)
glmm("debruin.GLMM", b$xi, b$ni)

versions <- data.frame(analysis = "versions", item = c("R", "metafor", "metadat"), index = 1,
                       value = c(paste(R.version$major, R.version$minor, sep = "."), as.character(packageVersion("metafor")), as.character(packageVersion("metadat"))))
write.csv(rbind(versions, do.call(rbind, found)), "literature_meta_r.csv", row.names = FALSE, quote = FALSE)
