#!/bin/sh
# Probability maps of any number of images by an array of Slurm tasks. Each predicts its part of the list; a task that was killed
# is started again by `scontrol requeue`, and goes on where it was: no image is predicted twice.
#
#   find images -name '*.tif' > images.txt
#   sbatch slurm.sh
#SBATCH --job-name=scumble
#SBATCH --array=1-20
#SBATCH --cpus-per-task=8
#SBATCH --mem=8G
#SBATCH --time=04:00:00
#SBATCH --requeue
set -eu
export RAYON_NUM_THREADS="${SLURM_CPUS_PER_TASK:-1}"
exec scumble predict "${MODEL:-model.safetensors}" --list "${LIST:-images.txt}" -o "${MAPS:-maps}" --part auto --skip-existing
