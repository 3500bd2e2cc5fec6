use std::collections::HashMap;

use dyad_core::ArticleId;

/// Words in a shingle.
const SHINGLE_WORDS: usize = 5;
/// Shorter texts, in words, are near-copies only when equal: a phrase in common means nothing there.
const MIN_WORDS: usize = 20;
/// Values in a signature.
const PERMUTATIONS: usize = 128;
/// Bands of the locality-sensitive index, each of [`BAND_ROWS`] values. Two texts of similarity s meet in
/// some band with probability 1 - (1 - s²)³²: 0.9999 at s = 0.5, 0.98 at 1/3, 0.87 at 1/4, 0.003 at 0.01.
const BANDS: usize = 32;
const BAND_ROWS: usize = 2;
/// Share of the shorter text's shingles, in percent, that makes it a cut or edited copy of the longer.
/// One changed word takes five shingles along, so 65 % of the shingles is some 93 % of the words.
const MIN_CONTAINED_PERCENT: u8 = 65;
/// A text that takes up less than this share of another is quoted by it, not copied.
const MIN_LENGTH_RATIO: f64 = 0.25;
const SEED: u64 = 0x4479_6164_2d31_3238;

/// Finds near-copies among articles: syndicated, lightly edited or cut versions of one text.
///
/// Texts become sets of shingles, five words in a row without case and punctuation. A MinHash signature
/// of 128 values estimates the Jaccard similarity of two sets with a standard error of at most 4.4
/// percentage points; a banded index finds the candidates, so that not every pair is compared. Two texts
/// match when their similarity reaches the percentage given, or when so much of the shorter is contained
/// in the longer (65 % of its shingles, or the percentage given if that is more) that it must be a cut
/// copy. The containment is derived from the similarity and the sizes of both sets, without a sketch
/// of its own; the shorter must have at least a quarter of the longer's length.
///
/// The answer depends only on the texts and their order: all constants are fixed. An article takes
/// about 700 bytes.
#[derive(Debug, Clone)]
pub struct NearDuplicates {
    percent: u8,
    sketches: Vec<Sketch>,
    /// For each band a run of buckets, each holding 1 + the sketch last put there; 0 is an empty bucket.
    buckets: Vec<u32>,
    /// Texts too short for a sketch, by all of their words.
    by_words: HashMap<u64, ArticleId>,
}

/// What is kept of one text.
#[derive(Debug, Clone)]
struct Sketch {
    /// The article, or the first one of the chain of copies it belongs to.
    root: ArticleId,
    /// Distinct shingles.
    shingles: u32,
    /// The low bits of each minimum, which are as good as the whole: a chance match has probability 2⁻¹⁶.
    signature: [u16; PERMUTATIONS],
    /// For each band, 1 + the sketch put into the same bucket before; 0 ends the chain.
    previous: [u32; BANDS],
}

impl NearDuplicates {
    /// An empty index. `percent` is the Jaccard similarity from which two texts match, 0 to 100; above
    /// 100 nothing matches.
    pub fn new(percent: u8) -> Self {
        Self { percent, sketches: Vec::new(), buckets: Vec::new(), by_words: HashMap::new() }
    }

    /// Adds an article and returns the earlier one of which it is a near-copy; of a chain of copies, the
    /// first. An article is no copy of itself: one with the same identifier never matches.
    pub fn insert(&mut self, id: &ArticleId, text: &str) -> Option<ArticleId> {
        if self.percent > 100 {
            return None;
        }
        let words = word_hashes(text);
        let root = if words.len() < MIN_WORDS {
            self.insert_short(id, &words)
        } else {
            self.insert_long(id, &words)
        };
        root.filter(|root| root != id)
    }

    /// Adds an article of which it is known what it is a near-copy of, in any order: what is stored must not
    /// be judged anew.
    pub fn insert_known(&mut self, id: &ArticleId, duplicate_of: Option<&ArticleId>, text: &str) {
        if self.percent > 100 {
            return;
        }
        let root = duplicate_of.unwrap_or(id).clone();
        let words = word_hashes(text);
        if words.len() < MIN_WORDS {
            if !words.is_empty() {
                self.by_words.entry(hash_of_all(&words)).or_insert(root);
            }
            return;
        }
        let shingles = shingle_hashes(&words);
        let count = u32::try_from(shingles.len()).unwrap_or(u32::MAX);
        let signature = signature(&shingles);
        let is_there = |&candidate: &usize| {
            let earlier = &self.sketches[candidate];
            earlier.root == root && earlier.signature == signature
        };
        if !self.candidates(&signature).iter().any(is_there) {
            self.add(Sketch { root, shingles: count, signature, previous: [0; BANDS] });
        }
    }

    fn insert_short(&mut self, id: &ArticleId, words: &[u64]) -> Option<ArticleId> {
        if words.is_empty() {
            return None;
        }
        Some(self.by_words.entry(hash_of_all(words)).or_insert_with(|| id.clone()).clone())
    }

    fn insert_long(&mut self, id: &ArticleId, words: &[u64]) -> Option<ArticleId> {
        let shingles = shingle_hashes(words);
        let count = u32::try_from(shingles.len()).unwrap_or(u32::MAX);
        let signature = signature(&shingles);
        let matched = self.candidates(&signature).into_iter().find_map(|candidate| {
            let earlier = &self.sketches[candidate];
            let agreeing = agreeing(&earlier.signature, &signature);
            self.is_near_copy(agreeing, earlier.shingles, count).then(|| (earlier.root.clone(), agreeing))
        });
        match matched {
            // An equal signature would only lengthen the chains of a text that is printed everywhere.
            Some((root, PERMUTATIONS)) => Some(root),
            Some((root, _)) => {
                self.add(Sketch { root: root.clone(), shingles: count, signature, previous: [0; BANDS] });
                Some(root)
            }
            None => {
                self.add(Sketch { root: id.clone(), shingles: count, signature, previous: [0; BANDS] });
                None
            }
        }
    }

    /// Sketches that share a band, in the order they were added.
    fn candidates(&self, signature: &[u16; PERMUTATIONS]) -> Vec<usize> {
        let mut found = Vec::new();
        if self.buckets.is_empty() {
            return found;
        }
        for band in 0..BANDS {
            let rows = band_rows(signature, band);
            let mut next = self.buckets[self.bucket(band, rows)];
            while let Some(index) = (next as usize).checked_sub(1) {
                let sketch = &self.sketches[index];
                if band_rows(&sketch.signature, band) == rows {
                    found.push(index);
                }
                next = sketch.previous[band];
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn is_near_copy(&self, agreeing: usize, shingles: u32, other_shingles: u32) -> bool {
        let jaccard = agreeing as f64 / PERMUTATIONS as f64;
        let (shorter, longer) =
            (f64::from(shingles.min(other_shingles)), f64::from(shingles.max(other_shingles)));
        // |A ∩ B| = J (|A| + |B|) / (1 + J), because J is the share of the union that is in both.
        let contained = jaccard * (shorter + longer) / ((1.0 + jaccard) * shorter);
        let needed = f64::from(self.percent.max(MIN_CONTAINED_PERCENT)) / 100.0;
        jaccard * 100.0 >= f64::from(self.percent)
            || (shorter >= MIN_LENGTH_RATIO * longer && contained >= needed)
    }

    fn add(&mut self, sketch: Sketch) {
        // The chains hold 32-bit numbers; four thousand million articles do not fit into memory anyway.
        if self.sketches.len() >= u32::MAX as usize {
            return;
        }
        self.sketches.push(sketch);
        if self.sketches.len() * BANDS > self.buckets.len() {
            self.grow();
        } else {
            self.link(self.sketches.len() - 1);
        }
    }

    /// Doubles the buckets and puts every sketch into its new ones.
    fn grow(&mut self) {
        let per_band = (self.sketches.len() * 2).next_power_of_two().max(64);
        self.buckets = vec![0; per_band * BANDS];
        for index in 0..self.sketches.len() {
            self.link(index);
        }
    }

    fn link(&mut self, index: usize) {
        for band in 0..BANDS {
            let bucket = self.bucket(band, band_rows(&self.sketches[index].signature, band));
            self.sketches[index].previous[band] = self.buckets[bucket];
            self.buckets[bucket] = index as u32 + 1;
        }
    }

    fn bucket(&self, band: usize, rows: [u16; BAND_ROWS]) -> usize {
        let per_band = self.buckets.len() / BANDS;
        let hash = mix(u64::from(rows[0]) << 16 | u64::from(rows[1])) as usize;
        band * per_band + (hash & (per_band - 1))
    }
}

fn band_rows(signature: &[u16; PERMUTATIONS], band: usize) -> [u16; BAND_ROWS] {
    [signature[band * BAND_ROWS], signature[band * BAND_ROWS + 1]]
}

fn agreeing(a: &[u16; PERMUTATIONS], b: &[u16; PERMUTATIONS]) -> usize {
    a.iter().zip(b).filter(|(a, b)| a == b).count()
}

fn hash_of_all(words: &[u64]) -> u64 {
    words.iter().fold(SEED, |hash, &word| mix(hash.rotate_left(5) ^ word))
}

/// A hash of each word in lower case; words are runs of letters and digits.
fn word_hashes(text: &str) -> Vec<u64> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| {
            // FNV-1a: the standard library's hashes may change between releases, signatures must not.
            let step =
                |hash: u64, c: char| (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0000_0100_0000_01b3);
            word.chars().flat_map(char::to_lowercase).fold(0xcbf2_9ce4_8422_2325, step)
        })
        .collect()
}

fn shingle_hashes(words: &[u64]) -> Vec<u64> {
    let combine = |shingle: &[u64]| shingle.iter().fold(SEED, |hash, &word| mix(hash.rotate_left(5) ^ word));
    let mut shingles: Vec<u64> = words.windows(SHINGLE_WORDS).map(combine).collect();
    shingles.sort_unstable();
    shingles.dedup();
    shingles
}

fn signature(shingles: &[u64]) -> [u16; PERMUTATIONS] {
    let mut minima = [u64::MAX; PERMUTATIONS];
    let multipliers: [u64; PERMUTATIONS] = std::array::from_fn(|i| mix(SEED.wrapping_add(i as u64)) | 1);
    for &shingle in shingles {
        for (minimum, multiplier) in minima.iter_mut().zip(&multipliers) {
            // An odd multiplier permutes the 64-bit numbers, and the added constant keeps 0 from staying first.
            *minimum =
                (*minimum).min((shingle ^ SEED).wrapping_mul(*multiplier).wrapping_add(multiplier >> 7));
        }
    }
    // The high bits of a minimum are nearly always 0.
    minima.map(|minimum| mix(minimum) as u16)
}

/// The finaliser of SplitMix64: every bit of the result depends on every bit of the number.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> ArticleId {
        ArticleId(name.to_owned())
    }

    /// Words that no other text shares, unless it has the same topic and numbers.
    fn story(topic: &str, words: std::ops::Range<usize>) -> String {
        words.map(|n| format!("{topic}{n}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn an_edited_copy_is_found_and_another_story_is_not() {
        let mut index = NearDuplicates::new(60);
        let original = story("wire", 0..200);
        assert_eq!(index.insert(&id("wire"), &original), None);
        let edited = original.replace("wire50 ", "other ").replace("wire120 ", "words ").to_uppercase();
        assert_eq!(index.insert(&id("gazette"), &edited), Some(id("wire")));
        assert_eq!(index.insert(&id("other"), &story("else", 0..200)), None);
    }

    #[test]
    fn a_cut_tail_is_found_by_containment_but_a_short_quotation_is_not() {
        let mut index = NearDuplicates::new(60);
        index.insert(&id("wire"), &story("wire", 0..300));
        assert_eq!(index.insert(&id("half"), &story("wire", 0..150)), Some(id("wire")));
        let quoting = format!("{} {}", story("own", 0..500), story("wire", 0..40));
        assert_eq!(index.insert(&id("quoting"), &quoting), None);
    }

    #[test]
    fn chains_resolve_to_the_first_article() {
        let mut index = NearDuplicates::new(60);
        assert_eq!(index.insert(&id("a"), &story("s", 0..200)), None);
        assert_eq!(index.insert(&id("b"), &story("s", 40..240)), Some(id("a")));
        // Half of it is in "a", most of it in "b".
        assert_eq!(index.insert(&id("c"), &story("s", 90..290)), Some(id("a")));
        assert_eq!(index.insert(&id("d"), &story("s", 90..290)), Some(id("a")), "equal to a copy");
    }

    #[test]
    fn what_is_known_keeps_its_roots_in_any_order() {
        let mut index = NearDuplicates::new(60);
        let original = story("wire", 0..200);
        // The copy comes first, as a table gives its newest rows first.
        index.insert_known(&id("copy"), Some(&id("wire")), &original.replace("wire7 ", "seven "));
        index.insert_known(&id("wire"), None, &original);
        index.insert_known(&id("note"), None, "Too short for a sketch.");
        assert_eq!(index.insert(&id("wire"), &format!("{original} corrected")), None);
        assert_eq!(index.insert(&id("third"), &original), Some(id("wire")));
        assert_eq!(index.insert(&id("reprint"), "too short for a sketch"), Some(id("note")));
    }

    #[test]
    fn short_texts_match_only_when_equal() {
        let mut index = NearDuplicates::new(60);
        assert_eq!(index.insert(&id("a"), &story("s", 0..19)), None);
        assert_eq!(index.insert(&id("b"), &format!("{} new", story("s", 0..18))), None);
        assert_eq!(index.insert(&id("c"), &story("S", 0..19)), Some(id("a")));
        assert_eq!(index.insert(&id("d"), " ."), None);
        assert_eq!(index.insert(&id("e"), " ."), None);
    }

    #[test]
    fn an_article_is_no_copy_of_itself() {
        let mut index = NearDuplicates::new(60);
        assert_eq!(index.insert(&id("a"), &story("s", 0..100)), None);
        assert_eq!(index.insert(&id("a"), &story("s", 0..100)), None);
        assert_eq!(index.insert(&id("a"), &story("s", 0..95)), None);
        assert_eq!(index.insert(&id("b"), &story("s", 0..95)), Some(id("a")));
    }

    #[test]
    fn above_one_hundred_percent_nothing_matches() {
        let mut index = NearDuplicates::new(101);
        assert_eq!(index.insert(&id("a"), &story("s", 0..100)), None);
        assert_eq!(index.insert(&id("b"), &story("s", 0..100)), None);
    }

    #[test]
    fn similarity_is_estimated_without_bias() {
        let set = |topic: &str, words| shingle_hashes(&word_hashes(&story(topic, words)));
        let estimates: Vec<f64> = (0..50)
            .map(|n| {
                let topic = format!("t{n}x");
                let (a, b) = (set(&topic, 0..204), set(&topic, 100..304));
                agreeing(&signature(&a), &signature(&b)) as f64 / PERMUTATIONS as f64
            })
            .collect();
        let mean = estimates.iter().sum::<f64>() / estimates.len() as f64;
        assert!((mean - 1.0 / 3.0).abs() < 0.02, "100 of 300 shingles are shared, estimated {mean}");
    }

    #[test]
    fn many_articles_are_kept_apart() {
        let mut index = NearDuplicates::new(60);
        for n in 0..2_000 {
            let name = format!("n{n}x");
            assert_eq!(index.insert(&id(&name), &story(&name, 0..60)), None);
        }
        assert_eq!(index.insert(&id("late"), &story("n1234x", 0..58)), Some(id("n1234x")));
    }
}
