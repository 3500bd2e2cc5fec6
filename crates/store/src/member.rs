//! A condition that holds for the articles of a set.
//!
//! `article_id IN (…)` would say the same, but delta-rs turns such a list into a tree of ORs as deep as the
//! list is long, to prune files by it: 1,000 identifiers cost two seconds a commit, some more the stack.
//! Identifiers are hashes, which prune nothing; an opaque function is looked up row by row instead.

use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{AsArray as _, BooleanArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::prelude::col;

/// `article_id` is one of these.
pub(crate) fn article_id_in<'a>(ids: impl IntoIterator<Item = &'a str>) -> Expr {
    let ids = ids.into_iter().map(str::to_owned).collect();
    let function = Member { ids, signature: Signature::any(1, Volatility::Immutable) };
    ScalarUDF::new_from_impl(function).call(vec![col("article_id")])
}

#[derive(PartialEq, Eq)]
struct Member {
    ids: HashSet<String>,
    signature: Signature,
}

impl ScalarUDFImpl for Member {
    fn name(&self) -> &str {
        "dyad_is_member"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let values = ColumnarValue::values_to_arrays(&args.args)?;
        let Some(ids) = values.first() else {
            return Ok(ColumnarValue::Array(Arc::new(BooleanArray::from(vec![false; args.number_rows]))));
        };
        let ids = cast(ids, &DataType::Utf8)?;
        let ids = ids.as_string::<i32>();
        let members = ids.iter().map(|id| Some(id.is_some_and(|id| self.ids.contains(id))));
        Ok(ColumnarValue::Array(Arc::new(members.collect::<BooleanArray>())))
    }
}

/// The set itself would fill a log.
impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Member({} articles)", self.ids.len())
    }
}

impl Hash for Member {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.ids.len().hash(state);
    }
}
