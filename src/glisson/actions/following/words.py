"""Names of a case on its page."""

from glisson.case import Case


def subtitle(case: Case) -> str:
    """Disease and kinds of treatment that were given."""
    disease = case.disease.value if case.disease.value != "unknown" else "disease not entered"
    kinds = dict.fromkeys(treatment.kind for treatment in case.treatments if treatment.sessions)
    return " · ".join([disease, *kinds])


def lesion_names(case: Case) -> dict[str, str]:
    """Names of sites by id."""
    return {site.id: site.label for site in case.sites}
