//! Build script of every crate that links libtorch: lets its binary and its tests find the library without
//! LD_LIBRARY_PATH, beside the binary (`../lib`, an installed Dyad) or in the folder it was built with.
//! (Cargo sets LD_LIBRARY_PATH itself for `cargo test`, over the value of `.cargo/config.toml`.)
//!
//! Old-style DT_RPATH, because DT_RUNPATH is not searched for the libraries that libraries load.

// This is how a build script speaks to cargo.
#![allow(clippy::print_stdout)]

fn main() {
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    println!("cargo:rustc-link-arg=-Wl,--disable-new-dtags");
    println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN/../lib");
    if let Some(libtorch) = std::env::var_os("LIBTORCH") {
        let lib = std::path::Path::new(&libtorch).join("lib");
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}", lib.display());
    }
}
