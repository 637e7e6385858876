//! COCO's run lengths: pixels off, on, off, .. down the columns.

/// The runs of COCO's compressed text: five bits a character, the sixth for "more follows", and from the fourth run on
/// the difference to the run before the last (`rleFrString` of maskApi.c).
///
/// # Errors
/// A text that ends within a number, a number that is no length.
pub(super) fn from_text(text: &str) -> Result<Vec<u32>, String> {
    let mut runs: Vec<u32> = Vec::new();
    let mut bytes = text.bytes().peekable();
    while bytes.peek().is_some() {
        let mut number = 0_i64;
        let mut shift = 0;
        loop {
            let byte = bytes.next().ok_or("the run lengths end within a number")?;
            let bits = byte.checked_sub(48).filter(|&bits| bits < 64);
            let bits = i64::from(bits.ok_or_else(|| format!("'{}' is no run length", byte.escape_ascii()))?);
            if shift > 30 {
                return Err("a run length beyond 32 bits".to_owned());
            }
            number |= (bits & 0x1f) << shift;
            shift += 5;
            if bits & 0x20 == 0 {
                if bits & 0x10 != 0 {
                    number |= -1 << shift;
                }
                break;
            }
        }
        if runs.len() > 2 {
            number += i64::from(runs[runs.len() - 2]);
        }
        runs.push(u32::try_from(number).map_err(|_| format!("a run of {number} pixels"))?);
    }
    Ok(runs)
}
