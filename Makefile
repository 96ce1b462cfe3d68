# Thin on purpose: each target is a verb of nnlab/cli.py, which makes .venv when it is not there.
PYTHON ?= python3

.PHONY: book test serve notebooks lint bench zip clean
book test serve notebooks lint bench zip clean:
	@$(PYTHON) -m nnlab $@
