//! Writes the seeds of every target into folders of its name: `cargo run -p scumble-fuzz --example seeds -- fuzz/corpus`.

use scumble_fuzz::ALL;
use std::fs;
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let root = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| "fuzz/corpus".into()));
    for target in ALL {
        let folder = root.join(target.name);
        fs::create_dir_all(&folder)?;
        for (at, seed) in target.seeds().iter().enumerate() {
            fs::write(folder.join(format!("seed_{at:02}")), seed)?;
        }
    }
    Ok(())
}
