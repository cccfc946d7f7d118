# Every target is also a word of start.py, for machines without make: python3 start.py run
PYTHON ?= python3

.PHONY: run demo test check lint types lock

run demo test check lint types lock:
	@$(PYTHON) start.py $@ $(ARGS)
