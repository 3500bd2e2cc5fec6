//! Lets the binary find libtorch without LD_LIBRARY_PATH: beside it (`../lib`, an installed Dyad) or in
//! the folder it was built with.
//!
//! Old-style DT_RPATH, because DT_RUNPATH is not searched for the libraries that libraries load.

fn main() {
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    println!("cargo:rustc-link-arg-bins=-Wl,--disable-new-dtags");
    println!("cargo:rustc-link-arg-bins=-Wl,-rpath,$ORIGIN/../lib");
    if let Some(libtorch) = std::env::var_os("LIBTORCH") {
        let lib = std::path::Path::new(&libtorch).join("lib");
        println!("cargo:rustc-link-arg-bins=-Wl,-rpath,{}", lib.display());
    }
}
