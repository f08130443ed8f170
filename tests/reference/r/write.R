# Long table of numbers: analysis, item, index, value; 17 digits, so that doubles come back as they were.
library(survival)
library(cmprsk)
found <- list()
keep <- function(analysis, item, value) {
  value <- as.vector(value)
  found[[length(found) + 1]] <<- data.frame(analysis, item, index = seq_along(value),
                                            value = ifelse(is.na(value), "", sprintf("%.17g", value)))
}
write_found <- function(path) {
  versions <- sprintf("%d.%d.%d", c(as.integer(R.version$major), packageVersion("survival")[[1, 1]], packageVersion("cmprsk")[[1, 1]]),
                      c(as.integer(sub("\\..*", "", R.version$minor)), packageVersion("survival")[[1, 2]], packageVersion("cmprsk")[[1, 2]]),
                      c(as.integer(sub(".*\\.", "", R.version$minor)), packageVersion("survival")[[1, 3]], packageVersion("cmprsk")[[1, 3]]))
  lines <- data.frame(analysis = "versions", item = c("R", "survival", "cmprsk"), index = 1, value = versions)
  write.csv(rbind(lines, do.call(rbind, found)), path, row.names = FALSE, quote = FALSE)
}
keep_km <- function(name, fit) {
  for (item in c("time", "n.risk", "n.event", "n.censor", "surv", "lower", "upper")) keep(name, item, fit[[item]])
  keep(name, "std.err", if (isTRUE(fit$logse)) fit$std.err * fit$surv else fit$std.err)
  q <- quantile(fit, c(0.25, 0.5, 0.75))
  keep(name, "quantile", q$quantile); keep(name, "quantile.lower", q$lower); keep(name, "quantile.upper", q$upper)
}
keep_cox <- function(name, fit) {
  keep(name, "coef", coef(fit)); keep(name, "var", fit$var)
  if (!is.null(fit$naive.var)) keep(name, "naive.var", fit$naive.var)
  keep(name, "loglik", fit$loglik); keep(name, "score", fit$score); keep(name, "wald", fit$wald.test)
  if (!is.null(fit$rscore)) keep(name, "rscore", fit$rscore)
  keep(name, "concordance", concordance(fit)$concordance)
}
keep_cuminc <- function(name, fit) {
  for (state in seq_len(ncol(fit$pstate))[-1]) {
    for (item in c("pstate", "std.err", "lower", "upper")) keep(name, paste0(item, ".", state - 1), fit[[item]][, state])
  }
  keep(name, "time", fit$time); keep(name, "n.risk", fit$n.risk[, 1])
}
keep_crr <- function(name, fit) {
  keep(name, "coef", fit$coef); keep(name, "var", fit$var); keep(name, "loglik", c(fit$loglik.null, fit$loglik))
  keep(name, "bfitj", fit$bfitj); keep(name, "uftime", fit$uftime)
}
