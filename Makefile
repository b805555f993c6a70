# Two commands matter: `make start` opens the app, `make test` checks everything.
.PHONY: help start test lint thresholds-letters evaluate-letters evaluate-digits evaluate-signs train-letters train-digits train-signs benchmark readme clean

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

thresholds-letters: ## fit the letters' temperature and thresholds anew, on sources left out (after evaluate-letters)
	$(RUN) -m deepsign.train.cross_fit letters recipes/letters.yaml recipes/judges/letters.yaml

# The temperature and the thresholds of the signs that ship are fitted to what two runs say of the people whom each of
# them left out: other rooms and cameras, as a person at home has. Judges are taught as what ships is, by teachers who
# left out the same people: a taught network is less sure of itself.
HELD_0 = akashcodes23, IlkerDEMIR-s, traduttore_letters/Alex, asl_signs_rest/16069, asl_signs_rest/2044, \
         asl_signs_rest/25571, asl_signs_rest/28656, asl_signs_rest/22343
HELD_1 = tamtridung, electronicaddict, traduttore_letters/TheCamNelson, asl_signs_rest/34503, asl_signs_rest/36257, \
         asl_signs_rest/37055, asl_signs_rest/4718, asl_signs_rest/49445
SIGNS_RUN = $(RUN) -m deepsign.cli train recipes/signs.yaml
# Networks that teach, without the composed signs and with them.
SIGNS_COMPOSED = $(SIGNS_RUN) --train.teachers '[]' --decide.take_from '[]' --decide.open_set false --optim.epochs 12
SIGNS_PLAIN = $(SIGNS_COMPOSED) --data.composed null

define signs-judge
	$(SIGNS_PLAIN) --out runs/signs-plain-held-$(1) --data.validation.signers "[$(HELD_$(1))]"
	$(SIGNS_COMPOSED) --out runs/signs-composed-held-$(1) --data.validation.signers "[$(HELD_$(1))]"
	$(SIGNS_RUN) --out runs/signs-held-$(1) --data.validation.signers "[$(HELD_$(1))]" --decide.take_from '[]' \
	  --decide.open_set false --optim.epochs 12 \
	  --train.teachers "[../runs/signs-plain-held-$(1)/bundle, ../runs/signs-composed-held-$(1)/bundle]"
endef

train-signs:     ## train the signs that ship: two judges and their teachers; six teachers; their pupil
	$(RUN) -m deepsign.cli data import words-ship traduttore_letters asl_signs_rest --root $(DATA) --out runs/data/signs.csv
	$(RUN) -m deepsign.cli data import borisgraudt many_signers_mit roboflow_letters traduttore_letters digits \
	  --root $(DATA) --out runs/data/hands.csv
	$(call signs-judge,0)
	$(call signs-judge,1)
	for seed in 1 2 3 4; do $(SIGNS_PLAIN) --seed $$seed --out runs/signs-plain-$$seed || exit 1; done
	for seed in 1 2; do $(SIGNS_COMPOSED) --seed $$seed --out runs/signs-composed-$$seed || exit 1; done
	$(SIGNS_RUN) --out runs/signs

benchmark:       ## measure start-up, photo to answer and the classifier, into docs/results/speed.json and the README
	$(RUN) benchmarks/speed.py --photos $(DATA)/images --out docs/results/speed.json
	$(RUN) tools/readme.py

readme:          ## write the README's tables and tree anew
	$(RUN) tools/readme.py

clean:           ## remove what was built and installed here; the code, the bundles and runs/ stay
	rm -rf .venv src/deepsign/web web/node_modules web/dist dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
