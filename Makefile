# Two commands matter: `make start` opens the app, `make test` checks everything.
.PHONY: help start test lint evaluate-letters evaluate-digits evaluate-signs train-letters train-digits train-signs benchmark readme clean

PORT ?= 8000
DATA ?= ../shared/data
RUN = .venv/bin/python

help:            ## this list
	@grep -hE '^[a-z -]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 32

start:           ## install what is missing, build the page, open DeepSign on http://127.0.0.1:8000
	@python=$$(PYTHON='$(PYTHON)' sh tools/python.sh) && "$$python" tools/install.py
	@exec .venv/bin/deepsign app --port $(PORT)

test:            ## install what the tests need, then ruff, mypy, import layers, the page's checks and pytest
	@PYTHON='$(PYTHON)' bash tools/test.sh

lint:            ## ruff, mypy and the import layers alone, after make test has installed them
	.venv/bin/ruff check && .venv/bin/ruff format --check && .venv/bin/mypy && .venv/bin/lint-imports --no-logo

evaluate-letters: ## measure the shipped letters on every source left out in turn, into docs/results and the README
	$(RUN) -m deepsign.protocols letters --root $(DATA)
	$(RUN) tools/readme.py

evaluate-digits: ## measure the shipped digits on unseen signers, into docs/results and the README
	$(RUN) -m deepsign.protocols digits --root $(DATA)
	$(RUN) tools/readme.py

evaluate-signs:  ## measure the shipped signs on unseen collections, and folds trained for it, into docs/results and the README
	$(RUN) -m deepsign.protocols_signs --root $(DATA) --publish
	$(RUN) tools/readme.py

train-letters train-digits: train-%: ## train what ships in the wheel, from ship-class data
	$(RUN) -m deepsign.cli data import --root $(DATA) --out runs/data/ship.csv --class ship
	$(RUN) -m deepsign.cli train recipes/$*.yaml --out runs/$*

# The clips that decide the temperature and the thresholds of the signs that ship are of two collections that this run
# never learns from: other rooms and cameras, as a person at home has. A word that only they show can't decide anything.
HELD = akashcodes23, IlkerDEMIR-s, traduttore_letters/Alex, asl_signs_rest/16069, asl_signs_rest/2044, \
       asl_signs_rest/25571, asl_signs_rest/28656, asl_signs_rest/22343
ONLY = {source: IlkerDEMIR-s, gloss: seeyoulater, why: nobody else signs it}

train-signs:     ## train the signs that ship: thresholds from a run that holds collections back, then everybody's clips
	$(RUN) -m deepsign.cli data import words-ship traduttore_letters asl_signs_rest --root $(DATA) --out runs/data/signs.csv
	$(RUN) -m deepsign.cli train recipes/signs.yaml --out runs/signs-held --decide.take_from null \
		--data.validation.signers "[$(HELD)]" --data.exclude "[$(ONLY)]"
	$(RUN) -m deepsign.cli train recipes/signs.yaml --out runs/signs

benchmark:       ## measure start-up, photo to answer and the classifier, into docs/results/speed.json and the README
	$(RUN) benchmarks/speed.py --photos $(DATA)/images --out docs/results/speed.json
	$(RUN) tools/readme.py

readme:          ## write the README's tables and tree anew
	$(RUN) tools/readme.py

clean:           ## remove what was built and installed here; the code, the bundles and runs/ stay
	rm -rf .venv src/deepsign/web web/node_modules web/dist dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
