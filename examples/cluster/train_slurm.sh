#!/bin/bash
# Trains on four machines by MPI, one rank with all cores of each (docs/scale.md). Submitted again, or put back into the queue, it goes on
# where it was: sbatch train_slurm.sh DATA RUN
#SBATCH --job-name=scumble-train
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --time=12:00:00
#SBATCH --requeue
# Ten minutes before the time is over the ranks are told, save after their step and leave.
#SBATCH --signal=TERM@600
set -euo pipefail

data=$1 run=$2
go_on=()
if [ -e "$run/run.json" ] || [ -e "$run/.begin.toml" ]; then go_on=(--resume); fi
export RAYON_NUM_THREADS=$SLURM_CPUS_PER_TASK
srun --mpi=pmix --kill-on-bad-exit=1 scumble train "$data" -o "$run" "${go_on[@]}"
