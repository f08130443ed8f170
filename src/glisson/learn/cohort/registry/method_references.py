"""Where each method of the report is from, and what a sentence of method is."""

REFERENCES: dict[str, str] = {
    "kaplan-meier": "Kaplan and Meier, J Am Stat Assoc 1958;53:457",
    "brookmeyer": "Brookmeyer and Crowley, Biometrics 1982;38:29",
    "mantel": "Mantel, Cancer Chemother Rep 1966;50:163",
    "reverse": "Schemper and Smith, Control Clin Trials 1996;17:343",
    "aalen-johansen": "Aalen and Johansen, Scand J Stat 1978;5:141",
    "gray": "Gray, Ann Stat 1988;16:1141",
    "cox": "Cox, J R Stat Soc B 1972;34:187",
    "efron": "Efron, J Am Stat Assoc 1977;72:557",
    "breslow": "Breslow, Biometrics 1974;30:89",
    "lin-wei": "Lin and Wei, J Am Stat Assoc 1989;84:1074",
    "fine-gray": "Fine and Gray, J Am Stat Assoc 1999;94:496",
    "grambsch": "Grambsch and Therneau, Biometrika 1994;81:515",
    "landmark": "Anderson, Cain and Gelber, J Clin Oncol 1983;1:710",
    "clopper": "Clopper and Pearson, Biometrika 1934;26:404",
    "recist": "Eisenhauer et al., Eur J Cancer 2009;45:228",
    "qlq": "Fayers et al., EORTC QLQ-C30 Scoring Manual, 3rd edition, 2001",
    "iptw": "Austin and Stuart, Stat Med 2015;34:3661",
    "rubin": "Rubin, Multiple Imputation for Nonresponse in Surveys, 1987; White and Royston, Stat Med 2009;28:1982",
    "frailty": "Therneau and Grambsch, Modeling Survival Data, 2000, chapter 9",
    "reri": "Hosmer and Lemeshow, Epidemiology 1992;3:452",
    "schoenfeld": "Schoenfeld, Biometrika 1981;68:316",
    "spline": "Harrell, Regression Modeling Strategies, 2001, section 2.4",
    "austin": "Austin, Stat Med 2009;28:3083; Yang and Dalton, SAS Global Forum 2012, paper 335",
    "korn": "Korn and Graubard, Surv Methodol 1998;24:193",
    "restricted": "Royston and Parmar, BMC Med Res Methodol 2013;13:152",
    "changing": "Crowley and Hu, J Am Stat Assoc 1977;72:27",
    "okunieff": "Okunieff et al., Int J Radiat Oncol Biol Phys 1995;32:1227",
    "strobe": "von Elm et al., Lancet 2007;370:1453 (STROBE)",
}
"""Where each method is from."""

Sentence = tuple[str, str, tuple[str, ...]]
"""STROBE item, text, keys of ``REFERENCES``."""
