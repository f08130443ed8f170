"""``glisson records``: a registry that a multi-centre study can trust."""

import typer

from glisson.cli.records import enter, exchange, fhir, keep, people, queries, show, visits

app = typer.Typer(
    name="records",
    help="A registry: enter, check, correct, query, lock, export. GLISSON_USER and GLISSON_PASSWORD stand in for the questions.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
app.command("init")(keep.init)
app.command("users")(people.users)
app.command("pseudonym")(people.pseudonym)
app.command("add")(enter.add)
app.command("correct")(enter.correct)
app.command("deidentify")(enter.deidentify)
app.command("show")(show.show)
app.command("forms")(show.forms)
app.command("check")(queries.check)
app.command("queries")(queries.queries)
app.command("serious")(queries.serious)
app.command("import")(exchange.import_)
app.command("export")(exchange.export)
app.command("lock")(visits.lock)
app.command("unlock")(visits.unlock)
app.command("sign")(visits.sign)
app.command("verify-source")(visits.verify_source)
app.command("verify")(keep.verify)
app.command("backup")(keep.backup)
app.command("restore")(keep.restore)
app.command("migrate")(keep.migrate)
app.command("erase")(keep.erase)
app.command("accept-clock")(keep.accept_clock)
app.command("audit")(keep.audit)
app.command("export-fhir")(fhir.export_fhir)
app.command("import-fhir")(fhir.import_fhir)
