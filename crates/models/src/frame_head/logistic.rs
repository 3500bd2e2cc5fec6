//! L2-regularised logistic regression, all outputs at once, by accelerated gradient descent on every example.
//!
//! For each output (a column of the labels, 0 or 1) the mean of `log(1 + exp(-s z))` over the examples plus
//! `strength / 2 * |w|^2` is made least, `z = x w + b`, `s` being 1 or -1; the bias is not regularised. The method is that of
//! Nesterov (1983) with the restart of O'Donoghue and Candes (2015) for each output and constant steps: 1 / L for the weights,
//! L being the Lipschitz constant of their gradient, `largest eigenvalue of XᵀX/n / 4 + strength` (by power iteration), and 4
//! for the bias, whose second derivative is at most 1/4 and which standardised inputs leave alone. No random number is drawn:
//! the same examples give the same weights.

use ndarray::{Array1, Array2, ArrayView2, Axis, Zip, s};

/// Steps after which a fit stops even above its tolerance; the strengths in use need a few hundred.
const MOST_STEPS: usize = 20_000;
/// Steps of the power iteration and the relative change at which it stops earlier.
const MOST_POWERS: usize = 200;
const SAME_EIGENVALUE: f64 = 1e-4;
/// Power iteration comes from below; a step that is a little too short costs little, one too long may not converge.
const MARGIN: f64 = 1.05;
/// One over the largest second derivative in the bias.
const BIAS_STEP: f64 = 4.0 / MARGIN;

/// Affine maps, one an output.
#[derive(Debug, Clone)]
pub(super) struct Affine {
    /// `[inputs + 1, outputs]`, the bias in the last row.
    pub weights: Array2<f64>,
}

impl Affine {
    /// Probabilities `[rows, outputs]` of examples `[rows, inputs + 1]` whose last column is 1.
    pub fn probabilities(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        x.dot(&self.weights).mapv_into(sigmoid)
    }
}

/// Examples in the form the regression takes.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    /// `[examples, inputs + 1]`, the last column 1.
    x: Array2<f64>,
    /// `[examples, outputs]`, 0 or 1.
    y: Array2<f64>,
    /// Largest eigenvalue of XᵀX/n.
    curvature: f64,
    /// Outputs with one value only, whose best bias is infinite: they stay at their smoothed share.
    constant: Vec<bool>,
}

impl Problem {
    /// Standardised examples `[examples, inputs + 1]` with a last column of ones, and labels `[examples, outputs]`; at least one
    /// example.
    pub fn new(x: Array2<f64>, y: Array2<f64>) -> Self {
        let curvature = largest_eigenvalue(&x);
        let constant = y.columns().into_iter().map(|column| column.iter().all(|&v| v == column[0])).collect();
        Self { x, y, curvature, constant }
    }

    /// Weights 0, each bias at the log-odds of its output's share of ones.
    pub fn start(&self) -> Affine {
        let mut weights = Array2::zeros((self.x.ncols(), self.y.ncols()));
        let n = self.y.nrows() as f64;
        for (mut weights, labels) in weights.columns_mut().into_iter().zip(self.y.columns()) {
            let share = (labels.sum() + 0.5) / (n + 1.0);
            weights[self.x.ncols() - 1] = (share / (1.0 - share)).ln();
        }
        Affine { weights }
    }

    /// Gradient of the objective at `weights`, `[inputs + 1, outputs]`.
    pub fn gradient(&self, weights: &Array2<f64>, strength: f64) -> Array2<f64> {
        let mut residual = self.x.dot(weights).mapv_into(sigmoid);
        residual -= &self.y;
        for (mut column, &constant) in residual.columns_mut().into_iter().zip(&self.constant) {
            if constant {
                column.fill(0.0);
            }
        }
        let mut gradient = self.x.t().dot(&residual);
        gradient /= self.x.nrows() as f64;
        let inputs = self.x.ncols() - 1;
        gradient.slice_mut(s![..inputs, ..]).scaled_add(strength, &weights.slice(s![..inputs, ..]));
        gradient
    }

    /// Goes on from `start` until no component of the gradient is above `tolerance`.
    pub fn minimise(&self, start: &Affine, strength: f64, tolerance: f64) -> Affine {
        let inputs = self.x.ncols() - 1;
        let step = 1.0 / (self.curvature / 4.0 + strength);
        let mut current = start.weights.clone();
        let mut previous = current.clone();
        let mut momentum = Array1::<f64>::ones(self.y.ncols());
        for _ in 0..MOST_STEPS {
            let next = momentum.mapv(|t| (1.0 + (1.0 + 4.0 * t * t).sqrt()) / 2.0);
            let ahead = (&momentum - 1.0) / &next;
            let mut point = &current - &previous;
            point *= &ahead;
            point += &current;
            let gradient = self.gradient(&point, strength);
            point.scaled_add(-step, &gradient);
            point.row_mut(inputs).scaled_add(step - BIAS_STEP, &gradient.row(inputs));
            previous = std::mem::replace(&mut current, point);
            momentum = next;
            for (output, t) in momentum.iter_mut().enumerate() {
                let (now, before, slope) =
                    (current.column(output), previous.column(output), gradient.column(output));
                let uphill: f64 = Zip::from(slope)
                    .and(now)
                    .and(before)
                    .fold(0.0, |sum, g, now, before| sum + g * (now - before));
                if uphill > 0.0 {
                    *t = 1.0;
                }
            }
            if gradient.iter().all(|value| value.abs() <= tolerance) {
                break;
            }
        }
        Affine { weights: current }
    }
}

/// Largest eigenvalue of XᵀX/n, a little more rather than less.
fn largest_eigenvalue(x: &Array2<f64>) -> f64 {
    // A start that is orthogonal to no direction but by chance.
    let mut vector = Array1::from_shape_fn(x.ncols(), |place| 1.0 + 0.5 * (place as f64 + 1.0).sin());
    let mut value = 0.0;
    for _ in 0..MOST_POWERS {
        let length = vector.dot(&vector).sqrt();
        if length == 0.0 {
            break;
        }
        vector /= length;
        vector = x.t().dot(&x.dot(&vector)) / x.nrows() as f64;
        let found = vector.dot(&vector).sqrt();
        let same = (found - value).abs() <= SAME_EIGENVALUE * found;
        value = found;
        if same {
            break;
        }
    }
    MARGIN * value
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Takes every input to mean 0 and variance 1 over the examples it was made from; an input that never changes becomes 0.
#[derive(Debug, Clone)]
pub(super) struct Standard {
    mean: Array1<f64>,
    scale: Array1<f64>,
}

impl Standard {
    /// Mean and standard deviation of `[examples, inputs]`.
    pub fn of(x: ArrayView2<'_, f64>) -> Self {
        let n = x.nrows().max(1) as f64;
        let mean = x.sum_axis(Axis(0)) / n;
        let mut square = Array1::<f64>::zeros(x.ncols());
        for row in x.rows() {
            Zip::from(&mut square).and(row).and(&mean).for_each(|sum, &v, &m| *sum += (v - m) * (v - m));
        }
        let scale = square
            .mapv(|sum| (sum / n).sqrt())
            .mapv(|deviation| if deviation > 1e-9 { deviation } else { 1.0 });
        Self { mean, scale }
    }

    /// `[examples, inputs]` standardised, with a last column of ones.
    pub fn apply(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut out = Array2::ones((x.nrows(), x.ncols() + 1));
        let mut inputs = out.slice_mut(s![.., ..x.ncols()]);
        inputs.assign(&x);
        inputs -= &self.mean;
        inputs /= &self.scale;
        out
    }

    /// The same map on inputs that are not standardised: weight `[outputs, inputs]` and bias `[outputs]`.
    pub fn unfold(&self, affine: &Affine) -> (Array2<f64>, Array1<f64>) {
        let inputs = self.mean.len();
        let weight = &affine.weights.slice(s![..inputs, ..]).t() / &self.scale;
        let bias = &affine.weights.row(inputs) - &weight.dot(&self.mean);
        (weight, bias)
    }
}
