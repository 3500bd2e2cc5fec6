//! Joins the names of one co-actor: a surname with the full name, initials with what they stand for, configured names.

use std::collections::{BTreeMap, HashSet};

use dyad_core::CoActorDefinition;

use super::lexicon::Lexicon;
use super::mentions::{NO_RELATION, Name, Place};
use super::model::CoActorKind;
use super::name;
use super::short_forms::ShortForms;

/// Fewest articles that name a co-actor, and fewest in which the model is sure that they do.
const LEAST_ARTICLES: usize = 2;

/// Of the articles that name a co-actor, the model must be sure of one in so many: words of a trade in capitals are taken
/// for names often, but hardly ever surely.
const SURE_IN: usize = 10;

/// Co-actors that are looked at beyond counting.
const MOST: usize = 60;

/// Where a co-actor is named.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Presence {
    pub(super) name: String,
    pub(super) kind: CoActorKind,
    /// Rows of the articles that name it, in order.
    pub(super) rows: Vec<u32>,
    /// Relations that name it.
    pub(super) sentences: u64,
}

impl Presence {
    /// Whether the article of a row names it.
    pub(super) fn is_in(&self, row: usize) -> bool {
        self.rows.binary_search(&(row as u32)).is_ok()
    }
}

/// What a name counts for in an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    /// A configured co-actor, by its place.
    Configured(usize),
    /// The co-actor called by the name of this number.
    Name(usize),
    /// An actor or an outlet.
    LeftOut,
}

/// Names that count for one co-actor.
#[derive(Debug, Default)]
struct Group {
    places: Vec<Place>,
    persons: usize,
    organisations: usize,
    /// Rows of articles in which the model is sure.
    sure: Vec<u32>,
    /// Names it may be shown under, with the articles that use each.
    labels: Vec<(usize, String)>,
}

/// The co-actors: configured ones in their order, then those in most articles; at most [`MOST`].
pub(super) fn join(names: Vec<Name>, lexicon: &Lexicon, configured: &[CoActorDefinition]) -> Vec<Presence> {
    let names = settled(names);
    let mut groups: BTreeMap<Target, Group> =
        (0..configured.len()).map(|place| (Target::Configured(place), Group::default())).collect();
    let short_forms = ShortForms::new(&names, lexicon);
    for (number, name) in names.iter().enumerate() {
        let own = own_target(number, name, lexicon);
        let mut articles = BTreeMap::<Target, usize>::new();
        for article in name.places.chunk_by(|x, y| x.0 == y.0) {
            let full = match own {
                Target::Name(_) => short_forms.full_name(&names, number, article[0].0),
                Target::Configured(_) | Target::LeftOut => None,
            };
            let target = match full {
                None => own,
                Some(None) => Target::LeftOut,
                Some(Some(full)) => own_target(full, &names[full], lexicon),
            };
            groups.entry(target).or_default().add(name, article);
            *articles.entry(target).or_default() += 1;
        }
        // A surname is no name to show where the full one is known; initials may be what everybody writes.
        for (target, articles) in articles {
            if (target == own || !name.is_person())
                && let Some(group) = groups.get_mut(&target)
            {
                group.labels.push((articles, name.spelling().to_owned()));
            }
        }
    }
    listed(groups, configured)
}

/// The names by key, those that differ in spaces alone under the more frequent one: "HuggingFace" and "Hugging Face".
fn settled(names: Vec<Name>) -> Vec<Name> {
    let mut by_letters: BTreeMap<String, Vec<Name>> = BTreeMap::new();
    for name in names {
        by_letters.entry(name::compact(&name.key)).or_default().push(name);
    }
    let mut settled: Vec<Name> = by_letters
        .into_values()
        .filter_map(|mut same| {
            same.sort_by(|x, y| y.mentions.cmp(&x.mentions).then_with(|| x.key.cmp(&y.key)));
            let mut same = same.into_iter();
            let mut most = same.next()?;
            same.for_each(|other| most.absorb(other));
            most.settle();
            Some(most)
        })
        .collect();
    settled.sort_unstable_by(|x, y| x.key.cmp(&y.key));
    settled
}

fn own_target(number: usize, name: &Name, lexicon: &Lexicon) -> Target {
    match lexicon.configured(&name.key) {
        Some(place) => Target::Configured(place),
        None if name.is_of_actor || lexicon.is_left_out(&name.key) => Target::LeftOut,
        None => Target::Name(number),
    }
}

/// Those that are configured or named often and surely enough, in the order of [`join`].
fn listed(groups: BTreeMap<Target, Group>, configured: &[CoActorDefinition]) -> Vec<Presence> {
    let mut listed: Vec<(Target, Presence)> = Vec::new();
    for (target, group) in groups {
        match target {
            Target::LeftOut => {}
            Target::Configured(place) => {
                listed.push((target, group.presence(Some(configured[place].name.clone()))));
            }
            Target::Name(_) => {
                let sure = group.sure.iter().collect::<HashSet<_>>().len();
                let presence = group.presence(None);
                if sure >= LEAST_ARTICLES.max(presence.rows.len().div_ceil(SURE_IN))
                    && presence.rows.len() >= LEAST_ARTICLES
                {
                    listed.push((Target::Name(0), presence));
                }
            }
        }
    }
    listed.sort_by(|(x, one), (y, other)| {
        let frequent = match (x, y) {
            (Target::Name(_), Target::Name(_)) => other.rows.len().cmp(&one.rows.len()),
            _ => std::cmp::Ordering::Equal,
        };
        x.cmp(y).then(frequent).then_with(|| one.name.cmp(&other.name))
    });
    listed.truncate(MOST);
    listed.into_iter().map(|(_, presence)| presence).collect()
}

impl Group {
    fn add(&mut self, name: &Name, article: &[Place]) {
        self.places.extend_from_slice(article);
        let row = article.first().map(|place| place.0);
        self.sure.extend(row.filter(|row| name.sure.binary_search(row).is_ok()));
        self.persons += if name.is_person() { article.len() } else { 0 };
        self.organisations += if name.organisations > 0 && !name.is_person() { article.len() } else { 0 };
    }

    fn presence(mut self, name: Option<String>) -> Presence {
        self.places.sort_unstable();
        self.places.dedup();
        let mut rows: Vec<u32> = self.places.iter().map(|&(row, _)| row).collect();
        rows.dedup();
        // Of equally frequent names the longer one says more.
        let label = self
            .labels
            .into_iter()
            .max_by(|x, y| x.0.cmp(&y.0).then(x.1.len().cmp(&y.1.len())).then_with(|| y.1.cmp(&x.1)));
        Presence {
            name: name.or(label.map(|(_, label)| label)).unwrap_or_default(),
            kind: if self.persons > self.organisations {
                CoActorKind::Person
            } else {
                CoActorKind::Organisation
            },
            sentences: self.places.iter().filter(|&&(_, sentence)| sentence != NO_RELATION).count() as u64,
            rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORG: bool = false;
    const PERSON: bool = true;

    fn lexicon(actors: &[&'static str], outlets: &[&'static str], configured: &[&[&'static str]]) -> Lexicon {
        let configured = configured.iter().map(|names| names.iter().copied());
        Lexicon::of(actors.iter().copied(), outlets.iter().copied(), configured)
    }

    /// Names as counted, each once in a relation of every article given.
    fn counted(found: &[(&str, bool, &[u32])]) -> Vec<Name> {
        let mut names = BTreeMap::<String, Name>::new();
        for &(text, is_person, rows) in found {
            let key = name::key(text);
            let name = names.entry(key.clone()).or_insert_with(|| Name { key, ..Name::default() });
            let mentions = rows.len() as u64;
            name.spellings.push((text.to_owned(), mentions));
            *(if is_person { &mut name.persons } else { &mut name.organisations }) += mentions;
            name.mentions += mentions;
            name.sure.extend(rows);
            name.places.extend(rows.iter().rev().map(|&row| (row, 1)));
        }
        names.into_values().rev().collect()
    }

    fn joined(found: &[(&str, bool, &[u32])], lexicon: &Lexicon) -> Vec<(String, Vec<u32>)> {
        let presences = join(counted(found), lexicon, &[]);
        presences.into_iter().map(|presence| (presence.name, presence.rows)).collect()
    }

    fn expected(listed: &[(&str, &[u32])]) -> Vec<(String, Vec<u32>)> {
        listed.iter().map(|&(name, rows)| (name.to_owned(), rows.to_vec())).collect()
    }

    #[test]
    fn a_surname_joins_the_full_name() {
        let found = [
            ("Sam Altman", PERSON, &[0, 1, 2][..]),
            ("Sam Altman's", PERSON, &[3]),
            ("Altman", PERSON, &[1, 5, 6, 7, 8, 9]),
            ("Altman’s", PERSON, &[10]),
            ("Chief Sam Altman", PERSON, &[11]),
        ];
        let all = [0, 1, 2, 3, 5, 6, 7, 8, 9, 10];
        assert_eq!(joined(&found, &Lexicon::default()), expected(&[("Sam Altman", &all)]));
    }

    #[test]
    fn of_two_with_one_surname_the_article_tells_which() {
        let found = [
            ("Sam Altman", PERSON, &[0, 1, 9][..]),
            ("Jack Altman", PERSON, &[2, 3, 9]),
            ("Altman", PERSON, &[1, 3, 4, 5, 9]),
        ];
        let apart =
            expected(&[("Altman", &[4, 5, 9]), ("Jack Altman", &[2, 3, 9]), ("Sam Altman", &[0, 1, 9])]);
        assert_eq!(joined(&found, &Lexicon::default()), apart);
    }

    #[test]
    fn an_organisation_is_no_part_of_another() {
        let found = [
            ("Google", ORG, &[0, 1, 2][..]),
            ("Google DeepMind", ORG, &[2, 3]),
            ("DeepMind", ORG, &[4, 5]),
            ("Morgan Stanley", ORG, &[6, 7]),
            ("Stanley", ORG, &[6, 8]),
        ];
        let apart = expected(&[
            ("Google", &[0, 1, 2]),
            ("DeepMind", &[4, 5]),
            ("Google DeepMind", &[2, 3]),
            ("Morgan Stanley", &[6, 7]),
            ("Stanley", &[6, 8]),
        ]);
        assert_eq!(joined(&found, &Lexicon::default()), apart);
    }

    #[test]
    fn initials_join_what_they_stand_for_under_the_more_frequent() {
        let found = [
            ("FTC", ORG, &[0, 1, 2, 3][..]),
            ("Federal Trade Commission", ORG, &[3, 4]),
            ("CMA", ORG, &[5]),
            ("Competition and Markets Authority", ORG, &[5, 6, 7]),
            // Two letters are believed only in the same article.
            ("EU", ORG, &[8, 9, 10]),
            ("European Union", ORG, &[8, 11]),
        ];
        let as_one = expected(&[
            ("FTC", &[0, 1, 2, 3, 4]),
            ("Competition and Markets Authority", &[5, 6, 7]),
            ("EU", &[9, 10]),
            ("European Union", &[8, 11]),
        ]);
        assert_eq!(joined(&found, &Lexicon::default()), as_one);
    }

    #[test]
    fn actors_and_outlets_are_left_out_and_so_are_surnames_of_an_actors_people() {
        let lexicon = lexicon(
            &["Microsoft", "the Redmond giant", "Brad Smith", "Mustafa Suleyman", "Office 365"],
            &["The Information", "theverge.com"],
            &[],
        );
        let found = [
            ("Microsoft Corp", ORG, &[0, 1][..]),
            ("Redmond", ORG, &[0, 1]),
            ("Office", ORG, &[0, 1]),
            ("Suleyman", PERSON, &[0, 1]),
            // Which Smith is not known where the article names no other.
            ("Smith", PERSON, &[0, 1, 3]),
            ("Jim Smith", PERSON, &[3, 4]),
            ("Information", ORG, &[0, 1]),
            ("The Verge", ORG, &[0, 1]),
            ("Reuters", ORG, &[0, 1]),
        ];
        let others = expected(&[("Jim Smith", &[3, 4]), ("Reuters", &[0, 1]), ("Smith", &[0, 1])]);
        assert_eq!(joined(&found, &lexicon), others);
    }

    #[test]
    fn configured_names_count_as_one_and_come_first() {
        let lexicon = lexicon(&[], &["Oracle Blog"], &[&["Nobody"], &["Oracle", "OCI", "Ellison"]]);
        let definition = |name: &str| CoActorDefinition { name: name.to_owned(), aliases: Vec::new() };
        let found = [
            ("Oracle Corp", ORG, &[0][..]),
            ("OCI", ORG, &[1]),
            ("Ellison", PERSON, &[2]),
            ("Larry Ellison", PERSON, &[2, 3]),
            ("Amazon", ORG, &[0, 1, 2, 3, 4]),
        ];
        let presences =
            join(counted(&found), &lexicon, &[definition("Nobody"), definition("Oracle Corporation")]);
        let listed: Vec<(&str, usize)> = presences.iter().map(|p| (p.name.as_str(), p.rows.len())).collect();
        assert_eq!(listed, [("Nobody", 0), ("Oracle Corporation", 3), ("Amazon", 5), ("Larry Ellison", 2)]);
        assert_eq!(presences[1].sentences, 3);
        assert_eq!(presences[3].kind, CoActorKind::Person);
    }

    #[test]
    fn what_the_model_hardly_believes_is_passed_over() {
        let rows: Vec<u32> = (0..30).collect();
        let mut names = counted(&[
            ("Word", ORG, &rows),
            ("Google", ORG, &rows),
            ("Once", ORG, &rows[..4]),
            ("Apple", ORG, &[0, 1]),
        ]);
        let mut sure = |key: &str, articles: u32| {
            let name = names.iter_mut().find(|name| name.key == key).expect("a name");
            name.sure = (0..articles).collect();
        };
        sure("word", 2);
        sure("google", 3);
        sure("once", 1);
        let listed = join(names, &Lexicon::default(), &[]);
        assert_eq!(listed.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Google", "Apple"]);
    }

    #[test]
    fn names_that_differ_in_spaces_alone_are_one() {
        let found =
            [("HuggingFace", ORG, &[0, 1, 2][..]), ("Hugging Face", ORG, &[2, 3]), ("Hugging", ORG, &[4, 5])];
        let as_one = expected(&[("HuggingFace", &[0, 1, 2, 3]), ("Hugging", &[4, 5])]);
        assert_eq!(joined(&found, &Lexicon::default()), as_one);
    }
}
