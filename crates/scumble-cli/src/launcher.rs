//! Launchers of MPI, by what they tell the processes that they start.

/// What `mpirun` of Open MPI, `mpiexec` of MPICH and others, and `srun` set.
const VARIABLES: [&str; 4] = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "MPI_LOCALRANKID"];

/// Whether one has started this process.
pub(crate) fn is_there() -> bool {
    VARIABLES.iter().any(|variable| std::env::var_os(variable).is_some())
}
