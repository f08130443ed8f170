# Rscript like_this.R : reads cohort_small.csv, writes like_this_r.csv (here): Gower's distance of the first row from the others.
source("write.R")
suppressPackageStartupMessages(library(cluster))
d <- read.csv("cohort_small.csv", na.strings = "")
m <- data.frame(x1 = d$x1_gaps, x2 = factor(d$x2_gaps), level = factor(d$level_gaps), entry = as.numeric(d$entry))
for (case in c(3, 8)) keep(paste0("gower.", case), "distance", as.matrix(daisy(m, metric = "gower"))[case, ])
found[[length(found) + 1]] <- data.frame(analysis = "versions", item = "cluster", index = 1, value = as.character(packageVersion("cluster")))
write_found("like_this_r.csv")
