//! Which part of many a command line means.

use scumble_jobs::part::Part;

/// `3/20`, or what Slurm says of a task of an array.
pub(super) fn part(text: &str) -> Result<Part, String> {
    if text != "auto" {
        return text.parse();
    }
    let number = |name: &str| {
        let value = std::env::var(name)
            .map_err(|_| format!("auto goes with a task of a Slurm array, and {name} is not set"))?;
        value.parse::<u64>().map_err(|_| format!("{name}={value} is no number"))
    };
    let [task, count, first] =
        ["SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"].map(number);
    let (task, count, first) = (task?, count?, first?);
    // Some tasks of an array, done again, know not how many they were.
    if first > 1 {
        return Err(format!(
            "an array from {first} on may be a part of one: name the part, such as {task}/20"
        ));
    }
    let index = task.checked_sub(first).and_then(|index| index.checked_add(1));
    let part = index.and_then(|index| Part::new(index, count));
    part.ok_or_else(|| format!("task {task} of an array of {count} from {first} on; number the tasks one by one (--array=1-{count})"))
}
