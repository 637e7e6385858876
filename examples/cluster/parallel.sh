#!/bin/sh
# The same by GNU parallel, on this machine or on those of --sshlogin, which share a file system:
#
#   find images -name '*.tif' > images.txt
#   sh parallel.sh 20
#
# --retries starts a part again that has failed; what it has written stays.
set -eu
parts="${1:-4}"
seq "$parts" | parallel --retries 3 \
    scumble predict "${MODEL:-model.safetensors}" --list "${LIST:-images.txt}" -o "${MAPS:-maps}" --part "{}/$parts" --skip-existing
