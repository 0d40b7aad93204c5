"""From the C parser's words to ours: what is wrong with the YAML itself, and what would be right."""

from ruamel.yaml.error import MarkedYAMLError

from reconciler.positions import Fault, Position, position_of

ADVICE = {
    "mapping values are not allowed in this context": "a ':' stands where no key can be: "
    "check the indentation, or put the value in quotes",
    "found unexpected ':'": "a ':' stands inside a plain value: put the value in quotes, like \"fd00::1\"",
    "did not find expected ',' or ']'": "the list that begins at {line}:{column} is not finished: "
    "put ',' between its items and ']' at its end",
    "did not find expected ',' or '}'": "the mapping that begins at {line}:{column} is not finished: "
    "put ',' between its pairs and '}}' at its end",
    "did not find expected node content": "a value is missing, or begins with a character of YAML's own: "
    'put the value in quotes, like "::1"',
    "found unexpected end of stream": "a quote is not closed: put the same quote at the end of the value",
    "could not find expected ':'": "a key is not finished: put ': ' and a value after it",
    "did not find expected '-' indicator": "this line does not continue the list above: "
    "begin it with '-' in the column of the items, or indent it less",
    "did not find expected key": "this line does not continue the mapping above: begin it in the column of the keys",
    "did not find expected <document start>": "a second value in one document: put '---' on a line before it",
    "found unknown escape character": "'\\' begins an escape in double quotes: "
    "use single quotes for text with a '\\' in it",
    "found undefined tag handle": "tags are not used here: remove the word that begins with '!'",
}


AT_BEGINNING = frozenset({"found unexpected ':'", "found unexpected end of stream", "could not find expected ':'"})
"""What the parser notices late, often at the end of the file: the fault is where the value or key begins."""


def explain(error: MarkedYAMLError, text: str) -> Fault:
    """The fault at which the parser stopped reading the text."""
    mark, beginning = error.problem_mark, error.context_mark or error.problem_mark
    end = position_of(text, len(text))  # the parser ends the last line itself, and may name the line after it
    at, begin = (min(end, Position(place.line + 1, place.column + 1)) for place in (mark, beginning))
    if error.problem == "found character that cannot start any token":
        return Fault(at, wrong_start(text[mark.index]))
    if error.problem in ADVICE:
        advice = ADVICE[error.problem].format(line=begin.line, column=begin.column)
        return Fault(begin if error.problem in AT_BEGINNING else at, advice)
    said = " ".join(filter(None, (error.context, error.problem)))
    return Fault(at, f"not valid YAML, {said}: check the indentation and the quotes")


def wrong_start(character: str) -> str:
    """What to say of a character that no value can begin with."""
    if character == "\t":
        return "a tab stands where spaces are needed: indent with spaces"
    return f"a value cannot begin with {character!r}: put the value in quotes"
