use dyad_core::InputConfig;

use crate::build::{bzip2, gzip, lines, repeated, tar, zstandard};
use crate::{limited, read, read_with};

type Compress = fn(&[u8]) -> Vec<u8>;

const COMPRESSIONS: [(&str, Compress); 3] = [("gzip", gzip), ("Zstandard", zstandard), ("bzip2", bzip2)];

/// Letters that compress badly, so that cuts fall between records.
fn noise(length: usize) -> String {
    let mut seed = 1u64;
    let mut letter = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'a' + (seed >> 33) as u8 % 26)
    };
    (0..length).map(|_| letter()).collect()
}

#[test]
fn every_compression_is_read_joined_and_nested() {
    let (one, two) = (lines(&["one"]), lines(&["two"]));
    for (name, compress) in COMPRESSIONS {
        let joined = [compress(&one), compress(b""), compress(&two)].concat();
        assert_eq!(read("a.jsonl.gz", &joined).texts(), ["one", "two"], "{name}");
        assert_eq!(read("a.txt.zst", &compress(b"A story.")).texts(), ["A story."], "{name}");
        for (other, outer) in COMPRESSIONS {
            let nested = outer(&joined);
            assert_eq!(read("a.jsonl", &nested).texts(), ["one", "two"], "{name} in {other}");
            assert_eq!(read("a.jsonl", &gzip(&nested)).texts(), ["one", "two"], "{name} in {other} in gzip");
            let reading = read("a.jsonl", &gzip(&gzip(&nested)));
            assert_eq!(reading.rejects, ["a.jsonl:0 malformed"], "four times over");
            assert!(reading.reasons[0].contains("more than 3 times over"));
        }
    }
    // The list of frames that some programs write, before or behind them.
    let skipped = b"\x5e\x2a\x4d\x18\x03\0\0\0abc";
    for joined in [[&skipped[..], &zstandard(&one)].concat(), [&zstandard(&one), &skipped[..]].concat()] {
        let reading = read("a.jsonl.zst", &joined);
        assert_eq!((reading.texts(), reading.rejects.len()), (vec!["one"], 0));
    }
}

#[test]
fn compressions_that_are_not_read_say_so_whatever_the_name() {
    for (magic, remedy) in [
        (&b"\xfd7zXZ\0\0\x04"[..], "`xz -d FILE`"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "`7z x FILE`"),
        (b"Rar!\x1a\x07\x01\0", "`unrar x FILE`"),
        (b"\x04\x22\x4d\x18\x64\x40", "`lz4 -d FILE`"),
    ] {
        let content = [magic, &[7; 100]].concat();
        for name in ["a", "a.jsonl.xz", "a.txt", "a.jsonl", "a.csv", "a.parquet", "a.zip"] {
            for content in [&content, &gzip(&content)] {
                let reading = read(name, content);
                assert_eq!(reading.rejects, [format!("{name}:0 unknown_format")], "{remedy}");
                assert!(reading.reasons[0].contains(remedy), "{:?}", reading.reasons);
            }
        }
    }
}

#[test]
fn bytes_behind_compressed_data_are_one_reject_and_zeros_are_none() {
    for (name, compress) in COMPRESSIONS {
        let whole = compress(&lines(&["one", "two"]));
        let reading = read("a.jsonl", &[&whole[..], b"garbage behind"].concat());
        assert_eq!(reading.texts(), ["one", "two"], "{name}");
        assert_eq!(reading.rejects, ["a.jsonl:3 damaged_compression"], "{name}");
        assert!(reading.reasons[0].contains(&format!("no {name} data follow")), "{:?}", reading.reasons);
        let reading = read("a.jsonl", &[&whole[..], &[0; 100_000]].concat());
        assert_eq!((reading.texts().len(), reading.rejects.len()), (2, 0), "{name}");
        let reading = read("a.jsonl", &[&whole[..], &[0; 100_000], b"x"].concat());
        assert_eq!((reading.texts().len(), reading.rejects.len()), (2, 1), "{name}");
    }
}

#[test]
fn cut_files_keep_what_stood_before() {
    let texts: Vec<String> = (0..12).map(|n| format!("story {n} {}", noise(150))).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for (name, compress) in COMPRESSIONS {
        let whole: Vec<u8> = texts.chunks(3).flat_map(|chunk| compress(&lines(chunk))).collect();
        let mut seen = Vec::new();
        for cut in (0..whole.len()).filter(|cut| *cut < 24 || cut % 23 == 0 || whole.len() - cut < 10) {
            let reading = read("a.jsonl", &whole[..cut]);
            let kept = reading.texts();
            assert_eq!(kept, texts[..kept.len()], "{name} cut at {cut}");
            // A cut between two members shows nowhere, one within the first bytes leaves too little to tell.
            if reading.rejects.is_empty() {
                assert!(kept.len().is_multiple_of(3) && kept.len() < 12, "{name} cut at {cut}");
            } else if cut >= 10 {
                assert_eq!(reading.rejects.len(), 1, "{name} cut at {cut}: {:?}", reading.rejects);
                assert!(reading.reasons[0].contains(&format!("the {name} data")), "{:?}", reading.reasons);
            }
            seen.push(kept.len());
        }
        assert!(seen.contains(&3) && seen.contains(&9), "{name}: {seen:?}");
    }
}

#[test]
fn damaged_data_names_its_compression() {
    for (name, compress) in COMPRESSIONS {
        let mut data = compress(&lines(&[&noise(2_000)]));
        for byte in data.iter_mut().skip(40).take(8) {
            *byte ^= 0x55;
        }
        let nested = gzip(&data);
        for content in [&data, &nested] {
            let reading = read("a.jsonl", content);
            let damage = reading.reasons.iter().filter(|reason| reason.contains(&format!("the {name} data")));
            assert!(damage.count() == 1 || name == "Zstandard", "{name}: {:?}", reading.reasons);
            assert!(!reading.rejects.is_empty());
        }
    }
}

#[test]
fn a_window_of_two_gigabytes_is_refused() {
    assert_eq!(read("a.txt", &repeated(b'x', 1, 27)).counts.articles, 1);
    let reading = read("a.txt", &repeated(b'x', 1, 31));
    assert_eq!(reading.rejects, ["a.txt:1 too_large"], "{:?}", reading.reasons);
    assert!(reading.reasons[0].contains("zstd -d --long=31"), "{:?}", reading.reasons);
}

#[test]
fn a_long_line_is_a_reject_and_held_nowhere() {
    let options = limited(InputConfig { max_record_bytes: 1 << 20, ..InputConfig::default() });
    // 160 MiB of one letter, below the amount from which the proportion counts.
    let long = [
        zstandard(b"{\"text\":\"one\"}\n{\"text\":\""),
        repeated(b'x', 1_280, 17),
        zstandard(b"\"}\n{\"text\":\"two\"}\n"),
    ];
    let reading = read_with("a.jsonl.zst.gz", &gzip(&long.concat()), &options);
    assert_eq!(reading.texts(), ["one", "two"]);
    assert_eq!(reading.rejects, ["a.jsonl.zst.gz:2 too_large"]);
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(peak < 150 << 10, "{peak} KiB");
    }
}

#[test]
fn bombs_are_stopped() {
    // 320 MiB of zeros in gzip in gzip: 16 MiB compressed, twenty times.
    let zeros = gzip(&gzip(&vec![0; 16 << 20]).repeat(20));
    let reading = read("a.jsonl.gz", &zeros);
    assert_eq!(reading.rejects, ["a.jsonl.gz:1 too_large"]);
    assert!(reading.reasons[0].contains("more than 250 times"), "{:?}", reading.reasons);
    assert!(reading.reasons[0].contains("max_expansion under [input] in dyad.toml"));

    // The file before it in the archive is read, the one behind is not; the bomb is the one reject.
    let bomb = repeated(0, 2_400, 17);
    let archive = gzip(&tar(&[("a.txt", b"One."), ("b.jsonl", &bomb), ("c.txt", b"Three.")]));
    let reading = read("a.tgz", &archive);
    assert_eq!(reading.articles, ["a.tgz!/a.txt:1 One."]);
    assert_eq!(reading.rejects, ["a.tgz!/b.jsonl:1 too_large"]);

    let trusting = limited(InputConfig { max_expansion: u32::MAX, ..InputConfig::default() });
    let reading = read_with("a.tgz", &archive, &trusting);
    assert_eq!(reading.texts(), ["One.", "Three."]);
    assert!(!reading.reasons[0].contains("max_expansion"), "only the line is too long");

    // Passed by without being read, as a hidden file is, it counts all the same.
    let mut hidden = tar(&[("a.txt", b"One."), (".b", &[]), ("c.txt", b"Three.")]);
    hidden.truncate(1_024);
    let mut header = tar::Header::new_gnu();
    header.set_path(".b").unwrap();
    header.set_size(2_400 * (128 << 10));
    header.set_cksum();
    let frames = [zstandard(&hidden), zstandard(header.as_bytes()), bomb].concat();
    let reading = read("a.tar.zst.gz", &gzip(&frames));
    assert_eq!(
        (reading.texts(), &reading.rejects[..]),
        (vec!["One."], &["a.tar.zst.gz:2 too_large".to_owned()][..])
    );
}
