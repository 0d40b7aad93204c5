# One command each; all of them install what is missing first (apt packages and a virtual environment in .venv).

.PHONY: demo test check format bench soak schemas clean

demo: .venv/ready
	scripts/demo

test: .venv/ready
	scripts/test

check: .venv/ready
	scripts/check

format: .venv/ready
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

schemas: .venv/ready
	.venv/bin/reconcile schema

bench: .venv/ready
	.venv/bin/python -m bench

# An hour, or `make soak SOAK=SECONDS`.
soak: .venv/ready
	.venv/bin/python -m bench.soak $(SOAK)

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/ready: pyproject.toml scripts/install
	scripts/install
