//! An example or two of each command, at the end of its help.

pub(super) const SCUMBLE: &str = "\
Environment:
  SCUMBLE_MEMORY     how much memory one file may take, such as 8G
  SCUMBLE_ISA        the instruction set to compute with: amx, avx512, avx2 or portable; else the fastest of this machine
  RAYON_NUM_THREADS  how many threads compute; else one for each core

Examples:
  scumble demo
  scumble check DATA
  scumble train DATA -o RUN
  scumble predict RUN IMAGES -o MAPS
  scumble eval RUN DATA";

pub(super) const DEMO: &str = "\
Examples:
  scumble demo
  scumble demo -o /tmp/lagoons --seed 3";

pub(super) const CHECK: &str = "\
Examples:
  scumble check DATA
  scumble check DATA --pictures LOOK --strict
  scumble check DATA --images '09*' --json";

pub(super) const FUSE: &str = "\
Examples:
  scumble fuse DATA -o LABELS
  scumble fuse DATA -o LABELS --weights ann=2 --format png16
  scumble fuse DATA -o LABELS --method staple --disputed-only";

pub(super) const TRAIN: &str = "\
Examples:
  scumble train DATA -o RUN
  scumble train DATA -o RUN --set train.epochs=80 --set 'network.widths=[16, 32, 64]'
  scumble train DATA -o RUN --config scumble.toml
  scumble train DATA -o RUN --resume";

pub(super) const PREDICT: &str = "\
Examples:
  scumble predict RUN IMAGES -o MAPS
  scumble predict RUN/model.safetensors a.png b.png -o MAPS --format tiff
  scumble predict RUN1 RUN2 IMAGES -o MAPS --disagreement
  scumble predict RUN volume.nii.gz -o MAPS --format nifti
  scumble predict RUN IMAGES -o MAPS --threshold best-f1 --objects --outlines geojson
  scumble predict RUN scene.tif -o MAPS --format tiff --uncertainty --contours 0.1,0.5,0.9";

pub(super) const CONVERT: &str = "\
Examples:
  scumble convert MAPS -o PNG --format png16
  scumble convert MAPS -o OUT --threshold cup=0.4,disc=0.6 --outlines geojson,roi
  scumble convert DATA -o OUT --masks --objects --images 'a*'";

pub(super) const EVAL: &str = "\
Examples:
  scumble eval RUN DATA
  scumble eval MAPS DATA --report report.html
  scumble eval --samples SAMPLES DATA
  scumble eval MAPS DATA --objects --surface --csv scores.csv
  scumble eval RUN1 RUN2 DATA --disagreement
  scumble eval RUN DATA --fail-if 'calibration > 0.05' --fail-if 'dice[water] < 0.8'
  scumble eval MAPS DATA --boundary
  scumble eval RUN DATA --part 3/20 --skip-existing -o SUMS
  scumble eval --merge SUMS --csv scores.csv --fail-if 'calibration > 0.05'";

pub(super) const REPORT: &str = "\
Examples:
  scumble report RUN
  scumble report RUN DATA -o report.html";

pub(super) const CALIBRATE: &str = "\
Examples:
  scumble calibrate RUN DATA
  scumble calibrate RUN DATA --method isotonic --dry-run";

pub(super) const EXPORT: &str = "\
Examples:
  scumble export RUN -o model.onnx
  scumble export RUN --web model.html
  scumble export RUN --bioimageio PACKAGE --author 'A. Author' --license CC-BY-4.0";

pub(super) const COMPARE: &str = "\
Examples:
  scumble compare RUN1 RUN2
  scumble compare RUN1 MAPS --data DATA";

pub(super) const LOSS: &str = "\
Examples:
  scumble loss sigmoid logits.npy targets.npy
  scumble loss softmax logits.npy targets.npy --gradient gradient.npy";

pub(super) const INFO: &str = "\
Examples:
  scumble info RUN
  scumble info volume.nii.gz
  scumble info DATA --json";

pub(super) const INIT: &str = "\
Examples:
  scumble init
  scumble init night.toml";

pub(super) const MAN: &str = "\
Examples:
  scumble man train
  scumble man -o ~/.local/share/man/man1";

pub(super) const COMPLETIONS: &str = "\
Examples:
  scumble completions bash
  scumble completions zsh";
