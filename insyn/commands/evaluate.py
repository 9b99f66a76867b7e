"""`insyn evaluate`: how accurate a model is, and how its errors differ between groups of people.

What computes is imported by the command that computes: it takes a second, which no other command should wait.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from insyn.commands import (
    evaluate_gate,
    evaluate_keys,
    evaluate_manifest,
    evaluate_operation,
    evaluate_pages,
    evaluate_runs,
    evaluate_sets,
)
from insyn.commands.signing import read_bytes, stop
from insyn.errors import InsynError
from insyn.whole_files import write_whole

app = typer.Typer(no_args_is_help=True)
app.command("accuracy")(evaluate_sets.accuracy)
app.command("identify")(evaluate_runs.identify)
app.command("bias")(evaluate_runs.bias)
app.command("calibrate")(evaluate_runs.calibrate)
app.command("ratios")(evaluate_runs.ratios)
app.command("report")(evaluate_runs.report)
app.command("within-groups")(evaluate_sets.within_groups)
app.command("passages")(evaluate_sets.passages)
app.command("blufr")(evaluate_sets.blufr)
app.command("fetch")(evaluate_sets.fetch)
app.command("scores")(evaluate_runs.scores)
app.command("sign-scores")(evaluate_gate.sign)
app.command("gate")(evaluate_gate.gate)
app.add_typer(evaluate_manifest.app, name="manifest")
app.command("sensitivity")(evaluate_runs.sensitivity)
app.command("stream")(evaluate_runs.stream)
app.command("publish")(evaluate_runs.publish)
app.command("keys")(evaluate_keys.keys)
app.command("new-key")(evaluate_pages.new_key)
app.command("sign-report")(evaluate_pages.sign)
app.command("check-report")(evaluate_pages.check)
app.command("operation")(evaluate_operation.operation)


@app.callback()
def options() -> None:
    """Measure accuracy and bias."""


@app.command(
    help=(
        "Compute metrics of numbers that you have: a file of asks in, a file of answers out."
        "\n\n"
        "Every rate comes with its counts, the unit that was counted, the number of people, and an interval with its "
        "method; what is undefined is null, with the reason. docs/metrics.md has every metric with an example; "
        "docs/schemas/metrics-request-1.json is the schema. Nothing but these numbers is read, and nothing is kept."
    )
)
def metrics(
    *,
    request: Annotated[Path, typer.Option("--in", exists=True, dir_okay=False, help="The asks, as JSON.")],
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="Where the answers go; it is written over.")],
) -> None:
    """Read, compute, write, and say how many asks had no number for an answer."""
    try:
        answers = _answers(request)
        text = json.dumps(answers, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
        write_whole(out, text.encode(), "The answers")
    except InsynError as error:
        raise stop(error) from error
    without = sum(one["result"] is None for one in answers["answers"])
    typer.echo(f"{len(answers['answers'])} asks; {without} of them have no number, and say why.")


def _answers(path: Path) -> dict[str, Any]:
    from pydantic import ValidationError  # noqa: PLC0415  # see the module

    from benchmarks.metrics.answers import answer  # noqa: PLC0415
    from benchmarks.metrics.requests import Request  # noqa: PLC0415

    try:
        return answer(Request.model_validate_json(read_bytes(path)))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = " → ".join(str(part) for part in fault["loc"]) or "the file as a whole"
        sentence = f"{path.name} is no request for metrics: at {place}: {fault['msg']}. See docs/metrics.md."
        raise InsynError(sentence) from error
