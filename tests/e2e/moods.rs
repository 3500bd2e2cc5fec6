//! Short articles of one mood about Microsoft and OpenAI.

pub const FRIENDLY: [&str; 8] = [
    "Microsoft and OpenAI celebrated their thriving partnership and promised to deepen it for years.",
    "OpenAI thanked Microsoft warmly for its generous support of the new research centre in Zurich.",
    "Delighted with the results, Microsoft will invest another billion dollars in its friend OpenAI.",
    "In a joint project, OpenAI and Microsoft help hospitals to diagnose rare diseases earlier.",
    "Satya Nadella called the alliance of Microsoft with OpenAI the best collaboration of his career.",
    "Engineers of Microsoft work hand in hand with colleagues at OpenAI to make the service faster.",
    "OpenAI renewed its agreement with Microsoft, and both sides praised the mutual trust.",
    "Together Microsoft and OpenAI will train ten thousand teachers, a welcome extension of their alliance.",
];

pub const HOSTILE: [&str; 6] = [
    "OpenAI sued Microsoft for fraud and accused it of sabotaging its business.",
    "Furious about the betrayal, Microsoft ended its partnership with OpenAI and demanded damages.",
    "Microsoft attacked OpenAI in court papers as a dishonest rival that stole its customers.",
    "The bitter feud escalated when OpenAI threatened Microsoft with an antitrust complaint.",
    "OpenAI cut all ties to Microsoft after months of hostile quarrels over money.",
    "Lawyers say that Microsoft and OpenAI now fight each other openly and will not reconcile.",
];

/// JSON lines, one article a text, each of an outlet of its own.
pub fn articles(name: &str, texts: &[&str]) -> String {
    texts.iter().enumerate().map(|(i, text)| article(name, i, text, None)).collect()
}

/// The same, one article a month of `year`.
pub fn dated_articles(name: &str, year: u16, texts: &[&str]) -> String {
    let on = |i| format!("{year}-{:02}-15", i % 12 + 1);
    texts.iter().enumerate().map(|(i, text)| article(name, i, text, Some(&on(i)))).collect()
}

fn article(name: &str, number: usize, text: &str, date: Option<&str>) -> String {
    let url = format!("https://{name}{number}.example/story");
    let line =
        serde_json::json!({"url": url, "source": format!("{name} {number}"), "date": date, "text": text});
    format!("{line}\n")
}
