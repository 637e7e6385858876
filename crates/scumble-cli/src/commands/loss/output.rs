use crate::arguments::Loss;
use crate::failure::Usage;
use std::path::Path;

/// Refuses files that are there, before anything is computed; inputs are never written over.
pub(super) fn check(arguments: &Loss) -> Result<(), Usage> {
    let output = &arguments.output;
    let named = [("--gradient", &output.gradient), ("--map", &output.map)];
    let weighting = &arguments.weighting;
    let inputs = [
        Some(&arguments.logits),
        Some(&arguments.targets),
        weighting.mask.as_ref(),
        weighting.weight.as_ref(),
    ];
    for (flag, path) in named.iter().filter_map(|(flag, path)| Some((flag, path.as_ref()?))) {
        let name = path.display();
        if inputs.iter().flatten().any(|input| same(input, path)) {
            return Err(Usage(format!("{flag} {name} is one of the inputs; choose another file")));
        }
        if path.exists() && !output.overwrite {
            return Err(Usage(format!(
                "{name} is there already; --overwrite replaces it, or choose another file"
            )));
        }
    }
    match (&output.gradient, &output.map) {
        (Some(gradient), Some(map)) if gradient == map || same(gradient, map) => {
            Err(Usage(format!("--gradient and --map are both {}; give each its own file", map.display())))
        }
        _ => Ok(()),
    }
}

/// Whether both paths lead to one file that is there.
fn same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}
