#!/usr/bin/env python3
"""Holds a new version of the program to an old one: what both print and write on the same data, byte for byte.

usage: scripts/compare_versions.py OLD NEW DATA -o FOLDER [--only eval] [--quick] [--expected 'PATTERN']

OLD and NEW are two builds of `scumble`; DATA is a folder with the data sets bsds500, chase_db1, cfos_wue1, cfos_inns1,
drishti_gs, samson and the folder bug_inputs. A few images of each are copied into FOLDER/old/work and FOLDER/new/work,
small data sets and arrays are made beside them, and each program runs every case of the table below in its own folder, so
that all paths are the same. Exit codes, stdout, stderr and every file that a case writes are kept in FOLDER/{old,new}/record
and compared after the folders' names, the programs' names and what the clock says (the fields called seconds, time, profile)
are replaced by placeholders. It prints a line a case, the first difference of whatever differs, and a summary; the exit code
is 1 if anything differs that --expected does not name.

For a change that must not change what users see: build the version before and the version after, and compare. The same
program twice must be equal, too; what is not depends on chance or on the clock. OLD may also be the folder `old` of an
earlier comparison, which is then taken as it is and saves half of the time.

A new case is a new line in CASES.
"""

import argparse
import concurrent.futures
import fnmatch
import json
import math
import os
import re
import shlex
import shutil
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

# Copied data sets: where from, and which images; None: all.
SETS = {
    "bsds": ("bsds500/train", ["100075", "100080", "100098", "103041"]),
    "chase": ("chase_db1", ["01L", "01R", "02L", "02R"]),
    "wue": ("cfos_wue1", ["0001", "0004", "0006"]),
    "inns": ("cfos_inns1", None),
    "drishti": ("drishti_gs", ["002", "004", "008", "018", "044", "060"]),
    "samson": ("samson", None),
    "bugs": ("bug_inputs", None),
}
# Would take longer and more memory than it tells.
LEFT_OUT = ["palette_20000.png"]

# NAME [+json] [from=CASE] COMMAND... A case writes into out/NAME ({out}); it needs the cases whose out/NAME it mentions;
# from=CASE begins with a copy of out/CASE as out/NAME; +json runs it once more with --json, as NAME-json.
# {small} and {steps} are settings of a training of seconds.
CASES = """
help                    --help
version                 --version
help-check              check --help
help-fuse               fuse --help
help-train              train --help
help-predict            predict --help
help-eval               eval --help
help-report             report --help
help-calibrate          calibrate --help
help-compare            compare --help
help-loss               loss --help
help-info               info --help
help-demo               demo --help
completions-bash        completions bash
init                    init {out}.toml
init-again              init out/init.toml

check-bsds +json        check data/bsds
check-chase +json       check data/chase
check-wue +json         check data/wue
check-inns +json        check data/inns
check-drishti +json     check data/drishti
check-nested +json      check data/nested
check-samson +json      check data/samson
check-rings +json       check data/rings
check-marked +json      check data/marked
check-stripes +json     check data/stripes
check-volume +json      check data/volume
check-images +json      check data/chase --images '01*'
check-strict            check data/inns --strict
check-no-image          check data/inns --images 'x*'
check-pictures          check data/inns --pictures {out}
check-pictures-again    from=check-pictures check data/inns --pictures {out}
check-pictures-over     from=check-pictures check data/inns --pictures {out} --overwrite --images '11*'
check-pictures-nested   check data/nested --pictures {out}
check-pictures-rings    check data/rings --pictures {out}
check-nowhere           check data/nowhere

fuse-mean +json         fuse data/chase -o {out}
fuse-mean-bsds          fuse data/bsds -o {out}
fuse-mean-rings +json   fuse data/rings -o {out}
fuse-mean-stripes       fuse data/stripes -o {out}
fuse-mean-marked        fuse data/marked -o {out}
fuse-weights            fuse data/inns -o {out} --weights expert_1=2,expert_3=0.5
fuse-majority +json     fuse data/chase -o {out} --method majority
fuse-majority-soft      fuse data/chase -o {out} --method majority --ties soft
fuse-majority-one       fuse data/chase -o {out} --method majority --ties one
fuse-majority-nobody    fuse data/inns -o {out} --method majority --ties ignore
fuse-majority-ignore    fuse data/chase -o {out} --method majority --ties ignore --format png16
fuse-staple +json       fuse data/inns -o {out} --method staple
fuse-staple-pooled      fuse data/inns -o {out} --method staple --pooled
fuse-staple-disputed    fuse data/inns -o {out} --method staple --disputed-only --prior 0.1 --iterations 40
fuse-staple-rings       fuse data/rings -o {out} --method staple
fuse-ds +json           fuse data/inns -o {out} --method dawid-skene
fuse-ds-per-image       fuse data/inns -o {out} --method dawid-skene --per-image
fuse-ds-stripes +json   fuse data/stripes -o {out} --method dawid-skene
fuse-png8               fuse data/inns -o {out} --format png8 --images '110*'
fuse-png16              fuse data/inns -o {out} --format png16 --images '110*'
fuse-tiff               fuse data/rings -o {out} --format tiff
fuse-nifti              fuse data/volume -o {out} --format nifti
fuse-again              from=fuse-mean-rings fuse data/rings -o {out}
fuse-over               from=fuse-mean-rings fuse data/rings -o {out} --overwrite
fuse-no-raters          fuse data/drishti -o {out}
fuse-ties-mean          fuse data/rings -o {out} --ties one
fuse-prior-mean         fuse data/rings -o {out} --prior 0.5
fuse-unknown-rater      fuse data/rings -o {out} --weights x=2

train-binary            train data/chase -o {out} {small}
train-again             from=train-binary train data/chase -o {out} {small}
train-over              from=train-binary train data/chase -o {out} {small} --overwrite --set train.epochs=1
train-json              train data/chase -o {out} {small} --json --profile
train-profile           train data/rings -o {out} {small} --profile
train-paused            train data/chase -o {out} {small} --pause-after 1
train-resumed           from=train-paused train data/chase -o {out} --resume
train-done-resumed      from=train-binary train data/chase -o {out} --resume
train-config            train data/rings -o {out} --config data/small.toml --set train.seed=3
train-mean              train data/inns -o {out} {small} --set data.target=mean
train-staple            train data/inns -o {out} {small} --set data.target=staple --set data.validation_target=mean
train-ds                train data/inns -o {out} {small} --set data.target=dawid-skene
train-sample            train data/inns -o {out} {small} --set data.target=sample
train-labels            train data/drishti -o {out} {small} --set data.target=labels
train-labels-none       train data/inns -o {out} {small} --set data.target=labels --set 'data.images=["1107"]' --set 'data.validation="rows 0.7..1"'
train-beta              train data/inns -o {out} {small} --set train.likelihood=beta-binomial
train-beta-rings        train data/rings -o {out} {small} --set train.likelihood=beta-binomial
train-multiclass        train data/samson -o {out} {small} --set 'data.validation="rows 0.7..1"' --set data.target=labels
train-stripes           train data/stripes -o {out} {small} --set train.balance=dataset
train-stripes-weights   train data/stripes -o {out} {small} --set 'train.class_weights=[1,2,3]'
train-pixels            train data/chase -o {out} {small} --set train.weighting=pixels --set network.norm=group
train-marked            train data/marked -o {out} {small} --set network.norm=none --set augment.rotate=0
train-loss              train data/stripes -o {out} {small} --set 'train.loss=[{kind="softmax",weight=0.25},{kind="jaccard",weight=0.75}]'
train-loss-focal        train data/rings -o {out} {small} --set 'train.loss=[{kind="focal",gamma=1.5}]'
train-loss-balance      train data/chase -o {out} {small} --set train.balance=dataset
train-joint-pairwise    train data/nested -o {out} {small} --set task.joint=pairwise
train-joint-powerset    train data/nested -o {out} {small} --set task.joint=powerset
train-joint-chain       train data/rings -o {out} {small} --set task.joint=chain
train-joint-mixture     train data/rings -o {out} {small} --set task.joint=mixture --set task.components=3
train-joint-loss        train data/rings -o {out} {small} --set task.joint=chain --set 'train.loss=[{kind="brier"}]'
train-joint-beta        train data/rings -o {out} {small} --set task.joint=chain --set train.likelihood=beta-binomial
train-joint-binary      train data/chase -o {out} {small} --set task.joint=pairwise
train-joint-balance     train data/nested -o {out} {small} --set task.joint=pairwise --set train.balance=dataset
train-beta-labels       train data/drishti -o {out} {small} --set train.likelihood=beta-binomial --set 'data.images=["002"]' --set 'data.validation="rows 0.7..1"'
train-beta-stripes      train data/stripes -o {out} {small} --set train.likelihood=beta-binomial
train-beta-staple       train data/inns -o {out} {small} --set train.likelihood=beta-binomial --set data.target=staple
train-kind              train data/chase -o {out} {small} --set task.kind=multiclass
train-unknown-key       train data/chase -o {out} --set train.epoch=2
train-bad-patch         train data/chase -o {out} {small} --set train.patch=50
train-no-validation     train data/rings -o {out} {small} --set data.validation=0
train-names             train data/chase -o {out} {small} --set 'data.validation=["02*"]' --set 'data.images=["0*L"]'
train-columns           train data/wue -o {out} {small} --set 'data.validation="columns 0..0.3"' --set train.steps=2
train-volume            train data/volume -o {out} {small} --set train.patch=16

info-model +json        info out/train-binary/model.safetensors
info-run +json          info out/train-binary
info-paused +json       info out/train-paused
info-beta +json         info out/train-beta
info-joint +json        info out/train-joint-chain
info-multiclass +json   info out/train-multiclass
info-data +json         info data/chase
info-image +json        info data/chase/images/01L.jpg
info-cube +json         info data/samson/images/samson.npy
info-map +json          info out/fuse-mean/01L.npy
info-maps +json         info out/fuse-mean
info-volume             info data/volume/images/v.nii
info-slice +json        info data/volume/images/v.nii@0001
info-nowhere            info data/nowhere
info-text               info data/small.toml

predict-npy +json       predict out/train-binary data/chase/images/01L.jpg data/chase/images/02R.jpg -o {out}
predict-tile            predict out/train-binary data/chase/images/01L.jpg -o {out} --tile 256
predict-png8            predict out/train-binary data/chase/images/01L.jpg -o {out} --format png8
predict-png16           predict out/train-binary data/chase/images -o {out} --format png16
predict-tiff            predict out/train-binary/model.safetensors data/chase/images/01L.jpg -o {out} --format tiff
predict-again           from=predict-png8 predict out/train-binary data/chase/images/01L.jpg -o {out} --format png8
predict-over            from=predict-png8 predict out/train-binary data/chase/images/02L.jpg -o {out} --format png8 --overwrite
predict-multiclass      predict out/train-multiclass data/samson/images -o {out} --format png16
predict-stripes         predict out/train-stripes data/stripes/images -o {out}
predict-stripes-kept    predict out/train-stripes-weights data/stripes/images -o {out} --keep-shift
predict-multilabel      predict out/train-labels data/drishti/images/002.jpg -o {out}
predict-sets +json      predict out/train-joint-chain data/rings/images -o {out} --label-sets
predict-sets-mixture    predict out/train-joint-mixture data/rings/images -o {out} --label-sets --format tiff
predict-sets-pairwise   predict out/train-joint-pairwise data/nested/images/002.jpg -o {out} --label-sets
predict-sets-powerset   predict out/train-joint-powerset data/nested/images/002.jpg -o {out} --label-sets --format png16
predict-sets-single     predict out/train-labels data/drishti/images/002.jpg -o {out} --label-sets
predict-sets-binary     predict out/train-binary data/chase/images/01L.jpg -o {out} --label-sets
predict-beta +json      predict out/train-beta data/inns/images/1107.png -o {out}
predict-beta-rings      predict out/train-beta-rings data/rings/images -o {out} --format png16
predict-nifti           predict out/train-volume data/volume/images/v.nii -o {out} --format nifti
predict-slice           predict out/train-volume data/volume/images/v.nii@0002 -o {out}
predict-channels        predict out/train-binary data/samson/images/samson.npy -o {out}
predict-nowhere         predict out/train-binary data/chase/images/nowhere.jpg data/chase/images/01L.jpg -o {out}
predict-uncalibrated    predict out/calibrate-binary data/chase/images/02R.jpg -o {out} --uncalibrated
predict-calibrated      predict out/calibrate-binary data/chase/images/02R.jpg -o {out}
predict-paused          predict out/train-paused data/chase/images/02R.jpg -o {out}

eval-binary +json       eval out/train-binary data/chase
eval-all-images +json   eval out/train-binary data/chase --images '*'
eval-other +json        eval out/train-binary data/bsds
eval-resumed            eval out/train-resumed data/chase
eval-model +json        eval out/train-binary/model.safetensors data/chase --images '01*'
eval-beta +json         eval out/train-beta data/inns --images '*'
eval-beta-rings +json   eval out/train-beta-rings data/rings --images '*' --label-sets
eval-multiclass +json   eval out/train-multiclass data/samson
eval-region +json       eval out/train-multiclass data/samson --region 'columns 0..0.5'
eval-stripes +json      eval out/train-stripes data/stripes --images '*'
eval-multilabel +json   eval out/train-labels data/drishti --images '*'
eval-target-mean        eval out/train-binary data/chase --images '*' --target mean
eval-target-staple      eval out/train-binary data/chase --images '*' --target staple
eval-target-ds +json    eval out/train-mean data/inns --images '*' --target dawid-skene
eval-target-labels      eval out/train-binary data/chase --target labels
eval-unweighted +json   eval out/train-binary data/chase --unweighted
eval-sets +json         eval out/train-joint-chain data/rings --images '*' --label-sets
eval-sets-mixture       eval out/train-joint-mixture data/rings --images '*' --label-sets
eval-sets-nested +json  eval out/train-joint-pairwise data/nested --label-sets
eval-sets-powerset      eval out/train-joint-powerset data/nested --images '*' --label-sets --target labels
eval-sets-single +json  eval out/train-labels data/drishti --label-sets
eval-sets-binary        eval out/train-binary data/chase --label-sets
eval-sets-maps          eval out/predict-sets data/rings --label-sets
eval-surface +json      eval out/train-binary data/chase --surface --spacing 0.5,0.25
eval-surface-rings      eval out/train-joint-chain data/rings --images '*' --surface
eval-diversity +json    eval out/train-mean data/inns --images '*' --diversity 4 --seed 2
eval-diversity-rings    eval out/train-joint-chain data/rings --images '*' --diversity
eval-diversity-labels   eval out/train-labels data/drishti --diversity 4
eval-bins +json         eval out/train-binary data/chase --bins 10
eval-equal-mass +json   eval out/train-binary data/chase --binning equal-mass
eval-sklearn +json      eval out/train-binary data/chase --binning sklearn --bins 10
eval-torchmetrics       eval out/train-multiclass data/samson --binning torchmetrics
eval-netcal             eval out/train-binary data/chase --binning netcal
eval-threshold +json    eval out/train-binary data/chase --threshold 0.3
eval-tile               eval out/train-binary data/chase --tile 128
eval-pictures           eval out/train-binary data/chase --pictures {out}
eval-pictures-rings     eval out/train-joint-chain data/rings --images '*' --pictures {out}
eval-pictures-again     from=eval-pictures eval out/train-binary data/chase --pictures {out}
eval-report             eval out/train-binary data/chase --report {out}.html
eval-report-json        eval out/train-binary data/chase --images '*' --report {out}.html --json
eval-report-rings       eval out/train-joint-chain data/rings --images '*' --label-sets --surface --diversity 4 --report {out}.html
eval-report-nested      eval out/train-joint-pairwise data/nested --images '*' --label-sets --report {out}.html
eval-report-multiclass  eval out/train-multiclass data/samson --report {out}.html
eval-report-stripes     eval out/train-stripes data/stripes --images '*' --report {out}.html --binning sklearn
eval-report-mass        eval out/train-stripes data/stripes --images '*' --report {out}.html --binning equal-mass --bins 10
eval-report-beta        eval out/train-beta data/inns --images '*' --report {out}.html --threshold 0.4
eval-report-maps        eval out/predict-png16 data/chase --report {out}.html
eval-fail-if            eval out/train-binary data/chase --fail-if 'calibration > 0.001' --fail-if 'dice < 0'
eval-pass-if +json      eval out/train-binary data/chase --fail-if 'dice < 0'
eval-fail-class +json   eval out/train-labels data/drishti --images '*' --fail-if 'brier[cup] > 0' --fail-if 'excess > 100'
eval-fail-unknown       eval out/train-binary data/chase --fail-if 'beauty > 1'
eval-fail-no-class      eval out/train-labels data/drishti --fail-if 'dice[moon] > 1'
eval-maps +json         eval out/predict-png16 data/chase
eval-maps-npy +json     eval out/predict-npy data/chase
eval-maps-missing       eval out/predict-npy data/chase --fail-if 'dice < 0'
eval-maps-all +json     eval out/predict-sets data/rings --surface --diversity 4 --threshold 0.4 --bins 12 --binning netcal
eval-maps-labels +json  eval out/predict-stripes out/fuse-mean-stripes
eval-maps-raters        eval out/fuse-staple data/inns
eval-maps-region        eval out/predict-multiclass data/samson --region 'rows 0.7..1' --pictures {out}
eval-maps-volume        eval out/predict-nifti data/volume
eval-marked +json       eval out/train-marked data/marked --images '*' --surface
eval-boundary +json     eval out/predict-bsds data/bsds --boundary
eval-boundary-nms       eval out/predict-bsds data/bsds --boundary --nms --thresholds 20 --max-distance 0.02 --thin-raters
eval-boundary-model     eval out/train-bsds data/bsds --boundary --nms --thresholds 5 --images '*'
eval-boundary-bins      eval out/predict-bsds data/bsds --boundary --bins 3
eval-calibrated +json   eval out/calibrate-binary data/chase
eval-uncalibrated       eval out/calibrate-binary data/chase --uncalibrated
eval-nowhere            eval out/train-binary data/nowhere
eval-paused             eval out/train-paused data/chase
eval-channels           eval out/train-binary data/samson
eval-classes            eval out/train-labels data/chase
train-bsds              train data/bsds -o {out} {small} --set data.validation=0.25
predict-bsds            predict out/train-bsds data/bsds/images -o {out} --format png8

calibrate-binary        from=train-binary calibrate {out} data/chase --images '*' --folds 2 --force
calibrate-one-image     from=train-binary calibrate {out} data/chase
calibrate-dry +json     calibrate out/train-mean data/inns --dry-run --images '*'
calibrate-force         from=train-mean calibrate {out} data/inns --force --images '*' --method platt --folds 2 --json
calibrate-class         from=train-labels calibrate {out} data/drishti --images '*' --method class-temperature --folds 3
calibrate-platt         from=train-binary calibrate {out} data/chase --images '*' --folds 2 --force --method platt
calibrate-vector        from=train-stripes calibrate {out} data/stripes --images '*' --method vector --force
calibrate-joint         from=train-joint-chain calibrate {out} data/rings --images '*' --force
calibrate-beta          from=train-beta calibrate {out} data/inns --images '*' --force
calibrate-wrong         calibrate out/train-binary data/chase --method vector
calibrate-staple        calibrate out/train-mean data/inns --images '*' --target staple --dry-run --unweighted

compare-two +json       compare out/train-binary out/train-resumed
compare-three +json     compare out/train-mean out/train-staple out/train-beta --data data/inns --images '*'
compare-joint           compare out/train-joint-chain out/train-joint-mixture --data data/rings --images '*'
compare-maps +json      compare out/predict-npy out/predict-png16 --data data/chase
compare-mixed           compare out/train-mean out/fuse-staple --data data/inns --images '*' --target mean --region 'rows 0..0.5'
compare-kinds           compare out/train-binary out/train-labels --data data/chase
compare-one             compare out/train-binary

report-run +json        from=train-binary report {out}
report-beta             from=train-beta report {out} data/inns -o {out}/other.html
report-joint            from=train-joint-chain report {out} data/rings
report-multiclass       report out/train-multiclass -o {out}.html
report-paused           from=train-paused report {out}
report-other-data       report out/train-binary data/bsds -o {out}.html

loss-sigmoid +json      loss sigmoid data/logits.npy data/soft.npy --gradient {out}-g.npy --map {out}-m.npy
loss-sigmoid-f32        loss sigmoid data/logits32.npy data/soft32.npy --gradient {out}-g.npy --map {out}-m.npy
loss-softmax +json      loss softmax data/logits.npy data/sums.npy --gradient {out}-g.npy --map {out}-m.npy
loss-softmax-index      loss softmax data/logits.npy data/index.npy --label-smoothing 0.1 --gradient {out}-g.npy
loss-focal +json        loss focal data/logits.npy data/soft.npy --gamma 1.5 --gradient {out}-g.npy --classes independent
loss-focal-exclusive    loss focal data/logits.npy data/sums.npy --classes exclusive --map {out}-m.npy
loss-brier +json        loss brier data/logits.npy data/soft.npy --classes independent --gradient {out}-g.npy --map {out}-m.npy
loss-brier-exclusive    loss brier data/logits.npy data/sums.npy --classes exclusive --gradient {out}-g.npy
loss-dice +json         loss dice data/logits.npy data/soft.npy --classes independent --smooth 1 --gradient {out}-g.npy
loss-dice-batch         loss dice data/logits.npy data/sums.npy --classes exclusive --over batch --gradient {out}-g.npy
loss-jaccard +json      loss jaccard data/logits.npy data/index.npy --gradient {out}-g.npy
loss-tversky +json      loss tversky data/logits.npy data/soft.npy --classes independent --alpha 0.3 --beta 0.7 --gradient {out}-g.npy
loss-mask +json         loss sigmoid data/logits.npy data/soft.npy --mask data/mask.npy --weight data/weight.npy --gradient {out}-g.npy
loss-mask-softmax       loss softmax data/logits.npy data/sums.npy --mask data/mask.npy --weight data/weight.npy --gradient {out}-g.npy
loss-full-mask          loss sigmoid data/logits.npy data/soft.npy --mask data/full_mask.npy --weight data/full_weight.npy
loss-all                loss sigmoid data/logits.npy data/soft.npy --mask data/mask.npy --denominator all
loss-batch              loss sigmoid data/logits.npy data/soft.npy --denominator batch
loss-weights            loss softmax data/logits.npy data/sums.npy --weight data/weight.npy --denominator weights
loss-none               loss softmax data/logits.npy data/sums.npy --denominator none --gradient {out}-g.npy
loss-class-weight       loss softmax data/logits.npy data/sums.npy --class-weight 1,2,0.5 --gradient {out}-g.npy
loss-positive-weight    loss sigmoid data/logits.npy data/soft.npy --positive-weight 2,3,4 --gradient {out}-g.npy
loss-balance-image      loss sigmoid data/logits.npy data/soft.npy --balance image --gradient {out}-g.npy
loss-balance-batch      loss softmax data/logits.npy data/sums.npy --balance batch --gradient {out}-g.npy
loss-smoothing          loss sigmoid data/logits.npy data/soft.npy --label-smoothing 0.2 --gradient {out}-g.npy
loss-ignore-nan         loss sigmoid data/logits.npy data/with_nan.npy --ignore-value nan --gradient {out}-g.npy --map {out}-m.npy
loss-ignore-minus       loss sigmoid data/logits.npy data/with_minus.npy --ignore-value -1 --gradient {out}-g.npy
loss-unchecked          loss sigmoid data/logits.npy data/logits.npy --unchecked
loss-checked            loss sigmoid data/logits.npy data/logits.npy
loss-axis-last          loss softmax data/last_logits.npy data/last_sums.npy --class-axis 3 --gradient {out}-g.npy
loss-axis-wrong         loss softmax data/logits.npy data/sums.npy --class-axis 4
loss-not-sums           loss softmax data/logits.npy data/soft.npy
loss-shapes             loss sigmoid data/logits.npy data/mask.npy
loss-infinite           loss sigmoid data/infinite.npy data/soft.npy
loss-gamma-sigmoid      loss sigmoid data/logits.npy data/soft.npy --gamma 2
loss-no-classes         loss focal data/logits.npy data/soft.npy
loss-unknown            loss sigmod data/logits.npy data/soft.npy
loss-independent +json  loss independent data/logits.npy data/soft.npy --labels 3 --gradient {out}-g.npy --map {out}-m.npy
loss-powerset +json     loss powerset data/sets_logits.npy data/sets.npy --labels 3 --gradient {out}-g.npy --map {out}-m.npy
loss-powerset-index     loss powerset data/sets_logits.npy data/index.npy --labels 3 --gradient {out}-g.npy
loss-chain +json        loss chain data/pairwise_logits.npy data/sets.npy --labels 3 --gradient {out}-g.npy --mask data/mask.npy
loss-chain-smoothing    loss chain data/pairwise_logits.npy data/index.npy --labels 3 --label-smoothing 0.1 --weight data/weight.npy
loss-pairwise +json     loss pairwise data/pairwise_logits.npy data/sets.npy --labels 3 --gradient {out}-g.npy --map {out}-m.npy
loss-mixture +json      loss mixture data/sets_logits.npy data/sets.npy --labels 3 --components 2 --gradient {out}-g.npy
loss-joint-parameters   loss chain data/logits.npy data/sets.npy --labels 3
loss-joint-no-labels    loss chain data/pairwise_logits.npy data/sets.npy
loss-joint-many         loss powerset data/sets_logits.npy data/sets.npy --labels 30

demo                    demo -o {out} --epochs 1
no-command
unknown-command         traain
"""

SMALL = (
    "--set network.widths=[4,8,8] --set train.patch=32 --set train.batch=2 --set train.steps=6 --set train.epochs=2 "
    "--set train.average=0.5 --set data.validation=0.3"
)
# What each folder of bug_inputs goes through: refused the same way, or read the same way.
BUG_CASES = """
bug-check-{name}        check data/bugs/{path}
bug-info-{name}         info data/bugs/{path} --json
bug-fuse-{name}         fuse data/bugs/{path} -o {{out}}
"""
EVAL_BUG_CASES = """
bug-eval-{name} +json   eval data/bugs/{path}/maps data/bugs/{path}/data
"""
HOSTILE_CASES = """
bug-train-{name}        train data/bugs/{path} -o {{out}} {small}
"""
# Left out by --quick: what takes longest.
SLOW = ["demo", "*-bsds", "eval-boundary*", "*-diversity*", "*-wue*", "train-columns", "*-tile", "predict-png16", "bug-*"]
TIME_LIMIT = 600


class Case:
    """One call of the program."""

    def __init__(self, name: str, words: list[str]):
        self.name = name
        copied = words and words[0].startswith("from=")
        self.copied = words.pop(0)[len("from="):] if copied else None
        self.arguments = [word.replace("{out}", f"out/{name}") for word in words]
        mentioned = re.findall(r"\bout/([\w-]+)", " ".join(self.arguments))
        self.needs = {need for need in mentioned + [self.copied] if need and need != name}


def cases(data: Path) -> dict[str, Case]:
    """The table, in an order in which every case comes after those that it needs."""
    table = CASES
    for folder in sorted(path for path in (data / "bug_inputs").rglob("*") if path.is_dir()):
        path = str(folder.relative_to(data / "bug_inputs"))
        insides = {inside.name for inside in folder.iterdir()}
        name = path.replace("/", "-")
        if insides & {"images", "imagesTr"}:
            table += BUG_CASES.format(name=name, path=path)
            if path.startswith(("hostile/", "two_", "coco/")):
                table += HOSTILE_CASES.format(name=name, path=path, small="{small} --set train.patch=16")
        if insides >= {"maps", "data"}:
            table += EVAL_BUG_CASES.format(name=name, path=path)
    for file in sorted((data / "bug_inputs").glob("tiff/*")) + sorted((data / "bug_inputs/hostile").glob("*.*")):
        if file.name not in LEFT_OUT and file.suffix != ".md":
            path = file.relative_to(data / "bug_inputs")
            table += f"bug-info-{file.stem} +json  info data/bugs/{path}\n"
    listed = {}
    for line in filter(None, table.splitlines()):
        name, _, rest = line.partition(" ")
        words = shlex.split(rest.replace("{small}", SMALL))
        also_json = words[:1] == ["+json"]
        words = words[also_json:]
        for name, words in [(name, words), (f"{name}-json", [*words, "--json"])][: 1 + also_json]:
            if name in listed:
                raise SystemExit(f"two cases are called {name}")
            listed[name] = Case(name, list(words))
    ordered = {}

    def put(case: Case) -> None:
        for need in sorted(case.needs):
            if need in listed and need not in ordered:
                put(listed[need])
        ordered.setdefault(case.name, case)

    for case in listed.values():
        put(case)
    return ordered


def chosen(table: dict[str, Case], only: list[str], quick: bool) -> list[Case]:
    """What matches, and what that needs."""
    def wanted(name: str) -> bool:
        matches = not only or any(fnmatch.fnmatch(name, pattern) or name.startswith(pattern) for pattern in only)
        return matches and not (quick and any(fnmatch.fnmatch(name, pattern) for pattern in SLOW))

    names = {name for name in table if wanted(name)}
    for case in reversed(table.values()):
        if case.name in names:
            names |= case.needs & table.keys()
    return [case for case in table.values() if case.name in names]


# The data that the programs are run on.


def npy(path: Path, dtype: str, shape: list[int], values) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sizes = "".join(f"{side}, " for side in shape)
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({sizes}), }}"
    code = {"<f8": "d", "<f4": "f", "|u1": "B", "<i8": "q"}[dtype]
    values = list(values)
    assert len(values) == math.prod(shape), path
    body = struct.pack(f"<{len(values)}{code}", *values)
    path.write_bytes(b"\x93NUMPY\x01\x00\x76\x00" + f"{header:<117}\n".encode() + body)


def png(path: Path, rows: list[list[int]]) -> None:
    """Grey, 8 bit."""
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    path.parent.mkdir(parents=True, exist_ok=True)
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


def nifti(path: Path, sides: tuple[int, int, int], values) -> None:
    """An uncompressed NIfTI-1 volume of u8 with an affine."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *sides, 1, 1, 1, 1)
    struct.pack_into("<hh", header, 70, 2, 8)
    struct.pack_into("<8f", header, 76, 1, 0.5, 0.5, 2, 1, 1, 1, 1)
    struct.pack_into("<3f", header, 108, 352, 1, 0)
    struct.pack_into("<hh", header, 252, 0, 1)
    struct.pack_into("<12f", header, 280, 0.5, 0, 0, -4, 0, 0.5, 0, 3, 0, 0, 2, 1)
    header[344:348] = b"n+1\0"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(header) + bytes(values))


def wave(n: int, scale: float) -> list[float]:
    """Numbers without a pattern, the same everywhere: a plain congruential generator."""
    state, values = 12345, []
    for _ in range(n):
        state = (1103515245 * state + 12345) % 2**31
        values.append(scale * (state / 2**30 - 1))
    return values


def make_arrays(data: Path) -> None:
    """Logits and labels [2, 3, 4, 5] for `loss`, what joint families need, masks and weights."""
    n, k, h, w = shape = [2, 3, 4, 5]
    size = math.prod(shape)
    noise = wave(size, 1.0)
    logits = wave(size, 6.0)
    soft = [min(max(0.5 + 0.7 * value, 0.0), 1.0) for value in noise]

    def along_classes(values: list[float], classes: int) -> list[float]:
        """Even sums over the class axis, so that a pixel's labels are a distribution."""
        sums = [[sum(values[(i * classes + c) * h * w + p] for c in range(classes)) for p in range(h * w)] for i in range(n)]
        return [value / sums[at // (classes * h * w)][at % (h * w)] for at, value in enumerate(values)]

    def last(values: list[float]) -> list[float]:
        return [values[(i * k + c) * h * w + p] for i in range(n) for p in range(h * w) for c in range(k)]

    sums = along_classes([0.01 + value for value in soft], k)
    npy(data / "logits.npy", "<f8", shape, logits)
    npy(data / "logits32.npy", "<f4", shape, logits)
    npy(data / "infinite.npy", "<f8", shape, [math.inf, *logits[1:]])
    npy(data / "soft.npy", "<f8", shape, soft)
    npy(data / "soft32.npy", "<f4", shape, soft)
    npy(data / "sums.npy", "<f8", shape, sums)
    npy(data / "with_nan.npy", "<f8", shape, [math.nan if at % 7 == 0 else value for at, value in enumerate(soft)])
    npy(data / "with_minus.npy", "<f8", shape, [-1.0 if at % 7 == 0 else value for at, value in enumerate(soft)])
    npy(data / "last_logits.npy", "<f8", [n, h, w, k], last(logits))
    npy(data / "last_sums.npy", "<f8", [n, h, w, k], last(sums))
    npy(data / "index.npy", "<i8", [n, h, w], [at * 7 % 3 for at in range(n * h * w)])
    npy(data / "mask.npy", "|u1", [n, h, w], [at % 5 != 0 for at in range(n * h * w)])
    npy(data / "weight.npy", "<f8", [h, w], [0.5 + at / 8 for at in range(h * w)])
    npy(data / "full_mask.npy", "|u1", shape, [at % 3 != 0 for at in range(size)])
    npy(data / "full_weight.npy", "<f8", shape, [0.5 + at / 100 for at in range(size)])
    npy(data / "sets.npy", "<f8", [n, 8, h, w], along_classes([1.1 + v for v in wave(n * 8 * h * w, 1.0)], 8))
    for name, parameters in [("sets", 8), ("pairwise", 6)]:
        npy(data / f"{name}_logits.npy", "<f8", [n, parameters, h, w], wave(n * parameters * h * w, 3.0))


def make_sets(data: Path) -> None:
    """Rings: two classes, one inside the other, by three raters. Stripes: three exclusive classes. A volume of slices."""
    side = 48
    pixels = [(row, column) for row in range(side) for column in range(side)]
    (data / "rings").mkdir(parents=True)
    (data / "stripes").mkdir(parents=True)
    (data / "stripes/dataset.toml").write_text('kind = "multiclass"\nclasses = ["sea", "sand", "land"]\n')
    for image in range(4):
        noise = wave(side * side, 25.0)
        centre = (20 + 3 * image, 26 - 2 * image)
        distance = [math.dist(centre, pixel) for pixel in pixels]
        grey = [int(40 + 60 * (d < 9) + 80 * (d < 16) + n + 26) for d, n in zip(distance, noise)]
        rows = [grey[row * side:(row + 1) * side] for row in range(side)]
        png(data / f"rings/images/i{image}.png", rows)
        png(data / f"stripes/images/i{image}.png", rows)
        for rater in range(3):
            if (image, rater) == (2, 1):
                continue
            for name, radius in [("whole", 16 + rater), ("core", 9 - rater)]:
                inside = [int(d < radius + image / 3) for d in distance]
                npy(data / f"rings/raters/r{rater}/{name}/i{image}.npy", "|u1", [side, side], inside)
            layers = [int(d < 16 + rater) + int(d < 9 - rater) for d in distance]
            npy(data / f"stripes/raters/r{rater}/i{image}.npy", "|u1", [side, side], layers)
    voxels = [(slice, *pixel) for slice in range(4) for pixel in pixels]
    noise = wave(len(voxels), 30.0)
    depth = [math.dist((1.5 * 4, 24, 24), (4 * z, y, x)) for z, y, x in voxels]
    nifti(data / "volume/images/v.nii", (side, side, 4), [int(90 + 90 * (d < 14) + n) for d, n in zip(depth, noise)])
    for rater in range(2):
        nifti(data / f"volume/raters/r{rater}/v.nii", (side, side, 4), [int(d < 13 + 2 * rater) for d in depth])


def lay_out(source: Path, work: Path) -> None:
    """Copies and makes all data below `work`/data."""
    data = work / "data"
    for name, (place, images) in SETS.items():
        for file in sorted((source / place).rglob("*")):
            if file.is_file() and file.name not in LEFT_OUT and (images is None or file.stem in images):
                copy = data / name / file.relative_to(source / place)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
    shutil.copytree(data / "drishti", data / "nested")
    (data / "nested/dataset.toml").write_text('nested = ["disc", "cup"]\n')
    shutil.copytree(data / "chase", data / "marked")
    png(data / "marked/ignore/01L.png", [[255 * (row < 200)] * 999 for row in range(960)])
    npy(data / "marked/weights/02R.npy", "<f4", [960, 999], [1 + column / 999 for _ in range(960) for column in range(999)])
    make_arrays(data)
    make_sets(data)
    keys = {}
    for setting in shlex.split(SMALL)[1::2]:
        section, _, rest = setting.partition(".")
        keys.setdefault(section, []).append(rest.replace("=", " = "))
    text = "\n".join("\n".join([f"[{section}]", *lines]) for section, lines in keys.items())
    (data / "small.toml").write_text(text + "\n")
    (work / "out").mkdir()


# Running, and keeping what came of it.


def record(program: Path, folder: Path, source: Path, run: list[Case], table: dict[str, Case]) -> dict[str, float]:
    """Runs the cases in `folder`/work and keeps code, stdout, stderr and written files of each; the seconds of each."""
    work, kept = folder / "work", folder / "record"
    shutil.rmtree(folder, ignore_errors=True)
    lay_out(source, work)
    seen = states(work)
    seconds = {}
    for case in run:
        if case.copied and (work / "out" / case.copied).exists():
            shutil.copytree(work / "out" / case.copied, work / "out" / case.name)
        seen.update(states(work / "out", work))
        began = time.monotonic()
        done = call([program, *case.arguments], work)
        seconds[case.name] = time.monotonic() - began
        place = kept / case.name
        (place / "files").mkdir(parents=True)
        for name, body in done.items():
            (place / name).write_bytes(body)
        now = states(work)
        for path in sorted(path for path in now if seen.get(path) != now[path]):
            copy = place / "files" / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(work / path, copy)
        (place / "gone").write_text("\n".join(sorted(seen.keys() - now.keys())))
        seen = now
    about = {"program": str(program), "work": str(work), "table": fingerprint(table), "seconds": seconds}
    (folder / "about.json").write_text(json.dumps(about))
    return seconds


def call(command: list, work: Path) -> dict[str, bytes]:
    settings = {"PATH": os.environ.get("PATH", ""), "HOME": str(work), "TERM": "dumb", "COLUMNS": "110", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(command, cwd=work, env=settings, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        return {"code": b"longer than the time limit", "stdout": b"", "stderr": b""}
    return {"code": str(done.returncode).encode(), "stdout": done.stdout, "stderr": done.stderr}


def states(folder: Path, root: Path | None = None) -> dict[str, tuple]:
    """Every file below, with what changes when it is written."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            state = path.stat()
            found[str(path.relative_to(root or folder))] = (state.st_ino, state.st_mtime_ns, state.st_size)
    return found


def fingerprint(table: dict[str, Case]) -> str:
    return str(zlib.crc32(repr([(case.name, case.copied, case.arguments) for case in table.values()]).encode()))


# Comparing.

# What the clock and the system say: a number in JSON, the durations of a table's row, a whole table of times, a thread's id.
SECONDS = re.compile(rb'(\\?"seconds\\?": ?)[0-9.eE+-]+')
PROFILE = re.compile(rb'("profile": ?)\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}')
TIMES = re.compile(rb"(?m)^ +seconds +ms a step +share$(?:\n.*)*?\n(?=\d+ steps in )")
DURATION = re.compile(rb" +(?:[0-9.]+ s|[0-9]+ min [0-9]+ s)(?=[\s<,]|$)")
TIMED = re.compile(rb"(?m)^(?:time|run:) .*$|[0-9]+ steps in .{0,20}")
THREAD = re.compile(rb"(thread '[^']*' \()[0-9]+(\) panicked)")


def plain(body: bytes, about: dict, name: str) -> bytes:
    """`body` without what may differ: where and by which program it was made, and when."""
    if name.endswith((".npy", ".png", ".tiff", ".tif", ".nii")):
        return body
    body = body.replace(about["work"].encode(), b"WORK").replace(about["program"].encode(), b"PROGRAM")
    if name.endswith(".safetensors") and len(body) > 8:
        # The seconds are in the header, which is padded and comes after its length.
        end = 8 + struct.unpack("<Q", body[:8])[0]
        return SECONDS.sub(rb"\1#", body[8:end]).rstrip() + b"\n" + body[end:]
    body = PROFILE.sub(rb"\1#", SECONDS.sub(rb"\1#", body))
    body = THREAD.sub(rb"\1#\2", TIMES.sub(b"#\n", body))
    return TIMED.sub(lambda line: DURATION.sub(b" #", line.group()), body)


def first_difference(old: bytes, new: bytes) -> str:
    same, differ = 0, min(len(old), len(new)) + 1
    while differ - same > 1:
        middle = (same + differ) // 2
        same, differ = (middle, differ) if old[:middle] == new[:middle] else (same, middle)
    at = same
    if b"\0" in old[:4096] + new[:4096]:
        return f"byte {at} of {len(old)} and {len(new)}: {old[at:at + 12].hex()} and {new[at:at + 12].hex()}"
    line = old[:at].count(b"\n") + 1
    begin = max(old.rfind(b"\n", 0, at) + 1, at - 60)

    def excerpt(body: bytes) -> str:
        end = body.find(b"\n", at)
        return repr(body[begin:min(end if end >= 0 else len(body), begin + 160)].decode(errors="replace"))

    return f"line {line}\n      old {excerpt(old)}\n      new {excerpt(new)}"


def differences(case: Case, old: Path, new: Path, abouts: list[dict]) -> list[str]:
    """What differs in one case; each with the first place where it does."""
    places = [folder / "record" / case.name for folder in (old, new)]
    for place, folder in zip(places, (old, new)):
        if not place.exists():
            return [f"not recorded in {folder}"]
    found = []
    for name in ["code", "stderr", "stdout", "gone"]:
        a, b = (plain((place / name).read_bytes(), about, name) for place, about in zip(places, abouts))
        if a != b:
            found.append(f"{name}: {first_difference(a, b)}")
    files = [set(states(place / "files")) for place in places]
    for name in sorted(files[0] ^ files[1]):
        found.append(f"{name}: written by the {'old' if name in files[0] else 'new'} program alone")
    for name in sorted(files[0] & files[1]):
        a, b = ((place / "files" / name).read_bytes() for place in places)
        if a != b:
            a, b = (plain(body, about, name) for body, about in zip((a, b), abouts))
            if a != b:
                found.append(f"{name}: {first_difference(a, b)}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path, help="the old program, or the folder `old` of an earlier comparison")
    parser.add_argument("new", type=Path, help="the new program")
    parser.add_argument("data", type=Path, help="the folder of the data sets")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a folder for all that is written; replaced")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME",
                        help="cases that begin with a name or match a pattern, such as eval or 'train-joint-*'")
    parser.add_argument("--quick", action="store_true", help="leave out what takes longest, bug_inputs among it")
    parser.add_argument("--expected", nargs="+", default=[], metavar="PATTERN",
                        help="cases that may differ: their differences are shown and do not fail")
    parser.add_argument("--list", action="store_true", help="print the cases that would run, and end")
    arguments = parser.parse_args()

    table = cases(arguments.data)
    run = chosen(table, arguments.only, arguments.quick)
    if arguments.list:
        print("\n".join(f"{case.name:28} {shlex.join(case.arguments)}" for case in run))
        return 0
    data, output = arguments.data.resolve(), arguments.output.resolve()
    old, new = output / "old", output / "new"
    jobs = [(arguments.new, new)]
    if arguments.old.is_dir():
        old = arguments.old.resolve()
        if old == output / "old":
            parser.error("the earlier comparison would be written over: another folder for -o, please")
    else:
        jobs.append((arguments.old, old))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = [pool.submit(record, program.resolve(), folder, data, run, table) for program, folder in jobs]
        for one in runs:
            one.result()
    abouts = [json.loads((folder / "about.json").read_text()) for folder in (old, new)]
    if abouts[0]["table"] != abouts[1]["table"]:
        print(f"note: {old} was made with another table of cases", file=sys.stderr)

    counts = {"equal": 0, "expected": 0, "DIFFERS": 0}
    for case in run:
        found = differences(case, old, new, abouts)
        expected = any(fnmatch.fnmatch(case.name, pattern) for pattern in arguments.expected)
        verdict = ("expected" if expected else "DIFFERS") if found else "equal"
        counts[verdict] += 1
        took = [about["seconds"].get(case.name, math.nan) for about in abouts]
        files = len(states(new / "record" / case.name / "files"))
        print(f"{verdict:9}{case.name:28}{files:3} files  {took[0]:6.2f} s {took[1]:6.2f} s")
        for difference in found:
            print(f"    {difference}")
    took = [sum(about["seconds"].get(case.name, 0.0) for case in run) for about in abouts]
    print(f"\n{len(run)} cases: {counts['equal']} equal, {counts['expected']} differ as expected, {counts['DIFFERS']} differ")
    print(f"{took[0]:.0f} s old, {took[1]:.0f} s new; everything is in {output}")
    return int(counts["DIFFERS"] > 0)


if __name__ == "__main__":
    sys.exit(main())
