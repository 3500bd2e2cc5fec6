//! Sentences longer than the model takes, read in overlapping windows.
//!
//! Neighbouring windows share a quarter of their tokens, and each token's hidden state is taken from the
//! window in which it stands further from the edge, where it has seen the most context. The windows of a
//! sentence are joined into one matrix before anything is decoded, so that the heads see one sentence.

use std::ops::Range;

use dyad_models::Tokens;
use ndarray::{Array2, ArrayView2, s};

/// Windows over the inner tokens (special tokens left out) of a text of `n_inner` tokens, each of at most
/// `room` tokens, in order, overlapping by a quarter of `room`. One window when everything fits.
pub fn plan_windows(n_inner: usize, room: usize) -> Vec<Range<usize>> {
    if n_inner <= room {
        return std::iter::once(0..n_inner).collect();
    }
    let step = (room - room / 4).max(1);
    let mut windows = Vec::new();
    let mut start = 0;
    while start + room < n_inner {
        windows.push(start..start + room);
        start += step;
    }
    // The last window is full too: more context instead of a short rest.
    windows.push(n_inner - room..n_inner);
    windows
}

/// Ids and type ids of one window with the text's own special tokens around it.
///
/// The first and last token of `tokens` are its special tokens, as BERT's tokenizer puts them.
pub fn window_ids(tokens: &Tokens, window: &Range<usize>) -> (Vec<u32>, Vec<u32>) {
    let last = tokens.len() - 1;
    let gather = |values: &[u32]| {
        let mut out = Vec::with_capacity(window.len() + 2);
        out.push(values[0]);
        out.extend_from_slice(&values[1 + window.start..1 + window.end]);
        out.push(values[last]);
        out
    };
    (gather(&tokens.ids), gather(&tokens.type_ids))
}

/// Joins the hidden states of a text's windows, each `[window + 2, hidden]`, into `[n_inner + 2, hidden]`.
///
/// The special tokens' rows are the means over the windows.
pub fn join(n_inner: usize, windows: &[Range<usize>], states: &[ArrayView2<'_, f32>]) -> Array2<f32> {
    if let [single] = states {
        return single.to_owned();
    }
    let hidden = states.first().map_or(0, |state| state.ncols());
    let mut joined = Array2::zeros((n_inner + 2, hidden));
    let share = 1.0 / states.len().max(1) as f32;
    for state in states {
        joined.row_mut(0).scaled_add(share, &state.row(0));
        joined.row_mut(n_inner + 1).scaled_add(share, &state.row(state.nrows() - 1));
    }
    for token in 0..n_inner {
        let owner = owner(windows, token);
        let row = 1 + token - windows[owner].start;
        joined.slice_mut(s![token + 1, ..]).assign(&states[owner].row(row));
    }
    joined
}

/// The window in which a token is furthest from the edge; the first of equals.
fn owner(windows: &[Range<usize>], token: usize) -> usize {
    let mut best = (0, 0);
    for (index, window) in windows.iter().enumerate() {
        if window.contains(&token) {
            let margin = 1 + (token - window.start).min(window.end - 1 - token);
            if margin > best.1 {
                best = (index, margin);
            }
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn windows_cover_everything_and_fit(n in 0usize..2000, room in 4usize..300) {
            let windows = plan_windows(n, room);
            prop_assert_eq!(windows[0].start, 0);
            prop_assert_eq!(windows[windows.len() - 1].end, n);
            for pair in windows.windows(2) {
                prop_assert!(pair[1].start < pair[0].end && pair[1].start > pair[0].start);
            }
            prop_assert!(windows.iter().all(|w| w.len() <= room));
        }

        #[test]
        fn joining_puts_every_token_in_its_row(n in 1usize..400, room in 8usize..64) {
            let windows = plan_windows(n, room);
            // Each state is its token's number, so a misplaced row shows.
            let states: Vec<Array2<f32>> = windows
                .iter()
                .map(|w| Array2::from_shape_fn((w.len() + 2, 1), |(row, _)| {
                    if row == 0 || row == w.len() + 1 { -1.0 } else { (w.start + row - 1) as f32 }
                }))
                .collect();
            let views: Vec<_> = states.iter().map(|state| state.view()).collect();
            let joined = join(n, &windows, &views);
            prop_assert!((joined[(0, 0)] + 1.0).abs() < 1e-5 && (joined[(n + 1, 0)] + 1.0).abs() < 1e-5);
            for token in 0..n {
                prop_assert_eq!(joined[(token + 1, 0)], token as f32);
            }
        }
    }

    #[test]
    fn a_token_belongs_to_the_window_that_shows_it_most_context() {
        let windows = plan_windows(20, 12); // 0..12, 8..20 (overlap of 4: 8, 9, 10, 11)
        assert_eq!(windows, [0..12, 8..20]);
        assert_eq!([8, 9, 10, 11].map(|token| owner(&windows, token)), [0, 0, 1, 1]);
    }
}
