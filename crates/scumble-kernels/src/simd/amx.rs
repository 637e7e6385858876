//! Whether this process may use the matrix unit AMX for bf16.

/// Asked for once, when it is first needed: the processor, the operating system, and Linux for its permission.
pub(super) fn available() -> bool {
    #[cfg(target_os = "linux")]
    {
        use std::sync::OnceLock;
        static AVAILABLE: OnceLock<bool> = OnceLock::new();
        *AVAILABLE.get_or_init(|| is_x86_feature_detected!("avx512bf16") && has_tiles() && permitted())
    }
    #[cfg(not(target_os = "linux"))]
    {
        false
    }
}

/// Whether the processor multiplies tiles of bf16, eight of 16 rows of 64 bytes, and the operating system keeps them.
#[cfg(target_os = "linux")]
fn has_tiles() -> bool {
    use std::arch::asm;
    use std::arch::x86_64::{__cpuid, __cpuid_count};
    // No such leaf, or no XGETBV.
    if __cpuid(0).eax < 0x1d || __cpuid(1).ecx >> 27 & 1 == 0 {
        return false;
    }
    let enabled: u32;
    // SAFETY: OSXSAVE says that the instruction exists; it reads a register of the processor.
    unsafe {
        asm!("xgetbv", in("ecx") 0, out("eax") enabled, out("edx") _, options(nomem, nostack, preserves_flags));
    }
    let (features, palette) = (__cpuid_count(7, 0).edx, __cpuid_count(0x1d, 1));
    let shape = (palette.ebx >> 16, palette.ebx & 0xffff, palette.ecx & 0xffff);
    features >> 22 & 1 == 1 && features >> 24 & 1 == 1 && enabled >> 17 & 3 == 3 && shape == (8, 64, 16)
}

/// Asks Linux for the tiles, which it gives to all threads of the process, those that run already too. It refuses where
/// a thread's stack for signals has no room for them.
#[cfg(target_os = "linux")]
fn permitted() -> bool {
    const ARCH_PRCTL: i64 = 158;
    const ARCH_REQ_XCOMP_PERM: i64 = 0x1023;
    const XTILEDATA: i64 = 18;
    let answer: i64;
    // SAFETY: this call touches none of the program's memory, and the kernel changes these three registers alone.
    unsafe {
        std::arch::asm!(
            "syscall",
            inlateout("rax") ARCH_PRCTL => answer,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") XTILEDATA,
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
    answer == 0
}
