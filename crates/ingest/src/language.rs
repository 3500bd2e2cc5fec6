use whatlang::Lang;

/// How much of a text tells its language, in characters; more does not change the answer.
const SAMPLE_CHARS: usize = 2_000;

/// The ISO 639-1 code for what a record calls its language (`en`, `en-US`, `eng`, `English`).
pub(crate) fn from_name(name: &str) -> Option<&'static str> {
    let lower = name.trim().to_lowercase();
    let primary = lower.split(['-', '_']).next().unwrap_or_default();
    whatlang::Lang::all()
        .iter()
        .copied()
        .filter(|&lang| {
            iso_639_1(lang) == Some(primary)
                || lang.code() == primary
                || lang.eng_name().eq_ignore_ascii_case(&lower)
                || lang.name().to_lowercase() == lower
        })
        .find_map(iso_639_1)
        // whatlang has two names for Norwegian's written form that the web does not tell apart.
        .or(matches!(primary, "no" | "nn").then_some("no"))
}

/// The language of a text, where its words tell it reliably.
pub(crate) fn detect(title: Option<&str>, text: &str) -> Option<&'static str> {
    let sample: String =
        title.into_iter().chain(["\n", text]).flat_map(str::chars).take(SAMPLE_CHARS).collect();
    let info = whatlang::detect(&sample)?;
    if info.is_reliable() { iso_639_1(info.lang()) } else { None }
}

fn iso_639_1(lang: Lang) -> Option<&'static str> {
    Some(match lang {
        Lang::Epo => "eo",
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ben => "bn",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "no",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        Lang::Cym => "cy",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_codes() {
        for name in ["en", "EN-us", "eng", "English", " en_GB "] {
            assert_eq!(from_name(name), Some("en"), "{name}");
        }
        assert_eq!(from_name("deutsch"), Some("de"));
        assert_eq!(from_name("zh-Hans"), Some("zh"));
        assert_eq!(from_name("klingon"), None);
        assert_eq!(from_name(""), None);
    }

    #[test]
    fn only_a_reliable_guess_counts() {
        let english = "The company said on Monday that it would invest one billion dollars in the laboratory over several years.";
        let german = "Das Unternehmen teilte am Montag mit, dass es über mehrere Jahre eine Milliarde Dollar in das Labor stecken werde.";
        assert_eq!(detect(None, english), Some("en"));
        assert_eq!(detect(Some("Milliarden für das Labor"), german), Some("de"));
        assert_eq!(detect(None, "12345"), None);
        assert_eq!(detect(None, "Azure"), None);
    }
}
