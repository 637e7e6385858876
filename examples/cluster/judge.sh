#!/bin/sh
# Scores of any number of images by an array of Slurm tasks. Each judges its part; a task that was killed is started again by
# `scontrol requeue`, and a part that is done is not done again. When all are done:
#
#   scumble eval --merge sums --csv scores.csv
#SBATCH --job-name=scumble-eval
#SBATCH --array=1-20
#SBATCH --cpus-per-task=8
#SBATCH --mem=8G
#SBATCH --time=04:00:00
#SBATCH --requeue
set -eu
export RAYON_NUM_THREADS="${SLURM_CPUS_PER_TASK:-1}"
exec scumble eval "${PREDICTIONS:-maps}" "${DATA:-data}" -o "${SUMS:-sums}" --part auto --skip-existing
