"""The allow-list of operators that a graph may call, each by its name and overload.

They compute tensors from tensors and nothing else: no file, no randomness, no memory that was not
written, no change of an argument, and a result whose shape follows from the shapes of what goes in.
The list is what `torch.export` of 2.13 emits for the modules of `torch.nn`, the functions of
`torch` and `torch.nn.functional` on tensors, and how people index and reshape. A namespace is no
list: `aten.from_file` reads any file.

**To add one**: put its name here, in a change that somebody else reads. tests/unit/bundle/
test_operators.py asks of every name that it does not write, draw or look at values. A bundle cannot
add any: who may write a bundle is the one who must be kept from choosing.
"""

from __future__ import annotations

_ATEN = """
    abs.default absolute.default acos.default acosh.default adaptive_avg_pool1d.default
    adaptive_avg_pool2d.default adaptive_avg_pool3d.default adaptive_max_pool1d.default
    adaptive_max_pool2d.default adaptive_max_pool3d.default add.Scalar add.Tensor addbmm.default
    addcdiv.default addcmul.default addmm.default addmv.default addr.default adjoint.default
    affine_grid_generator.default alias.default all.default all.dim all.dims alpha_dropout.default
    amax.default amin.default aminmax.default __and__.Scalar __and__.Tensor angle.default
    any.default any.dim any.dims arange.default arange.start arange.start_step arccos.default
    arccosh.default arcsin.default arcsinh.default arctan.default arctan2.default arctanh.default
    argmax.default argmin.default argsort.default argsort.stable asin.default asinh.default
    _assert_tensor_metadata.default atan.default atan2.default atanh.default avg_pool1d.default
    avg_pool2d.default avg_pool3d.default baddbmm.default batch_norm.default bilinear.default
    binary_cross_entropy.default binary_cross_entropy_with_logits.default bitwise_and.Scalar
    bitwise_and.Tensor bitwise_left_shift.Tensor bitwise_left_shift.Tensor_Scalar
    bitwise_not.default bitwise_or.Scalar bitwise_or.Tensor bitwise_right_shift.Tensor
    bitwise_right_shift.Tensor_Scalar bitwise_xor.Scalar bitwise_xor.Tensor block_diag.default
    bmm.default broadcast_tensors.default broadcast_to.default bucketize.Scalar bucketize.Tensor
    cartesian_prod.default cat.default cdist.default ceil.default celu.default chain_matmul.default
    channel_shuffle.default cholesky_solve.default chunk.default clamp.Tensor clamp.default
    clamp_max.Tensor clamp_max.default clamp_min.Tensor clamp_min.default clip.Tensor clip.default
    clone.default col2im.default column_stack.default complex.default concat.default
    concatenate.default conj.default contiguous.default conv1d.default conv1d.padding conv2d.default
    conv2d.padding conv3d.default conv3d.padding conv_transpose1d.default conv_transpose2d.input
    conv_transpose3d.input copysign.Scalar copysign.Tensor corrcoef.default cos.default cosh.default
    cosine_embedding_loss.default cosine_similarity.default count_nonzero.default cov.default
    cross.default cross_entropy_loss.default cummax.default cummin.default cumprod.default
    cumsum.default cumulative_trapezoid.dx deg2rad.default detach.default diag_embed.default
    diagonal.default diagonal_scatter.default diff.default digamma.default div.Scalar
    div.Scalar_mode div.Tensor div.Tensor_mode divide.Scalar divide.Tensor divide.Tensor_mode
    dot.default dropout.default dsplit.int dstack.default einsum.default elu.default
    embedding.default embedding_bag.default embedding_bag.padding_idx eq.Scalar eq.Tensor
    erf.default erfc.default erfinv.default exp.default exp2.default expand.default
    expand_as.default expm1.default eye.default eye.m feature_alpha_dropout.default
    feature_dropout.default fft_fft.default fft_fft2.default fft_ifft.default fft_ifft2.default
    fft_irfft.default fft_irfft2.default fft_rfft.default fft_rfft2.default fill.Scalar fill.Tensor
    fix.default flatten.using_ints flip.default fliplr.default flipud.default float_power.Scalar
    float_power.Tensor_Scalar float_power.Tensor_Tensor floor.default floor_divide.Scalar
    floor_divide.default fmax.default fmin.default fmod.Scalar fmod.Tensor frac.default full.default
    full_like.default gather.default ge.Scalar ge.Tensor gelu.default glu.default greater.Scalar
    greater.Tensor greater_equal.Scalar greater_equal.Tensor grid_sampler.default group_norm.default
    gru.input gru_cell.default gt.Scalar gt.Tensor hardshrink.default hardsigmoid.default
    hardswish.default hardtanh.default heaviside.default hsplit.int hstack.default
    huber_loss.default hypot.default i0.default igamma.default igammac.default im2col.default
    imag.default index.Tensor index_add.default index_copy.default index_fill.int_Scalar
    index_fill.int_Tensor index_put.default index_reduce.default index_select.default inner.default
    instance_norm.default isclose.default isfinite.default isin.Tensor_Scalar isin.Tensor_Tensor
    isinf.default isnan.default isneginf.default isposinf.default isreal.default kl_div.default
    kron.default kthvalue.default l1_loss.default layer_norm.default ldexp.Tensor le.Scalar
    le.Tensor leaky_relu.default lerp.Scalar lerp.Tensor less.Scalar less.Tensor less_equal.Scalar
    less_equal.Tensor lgamma.default lift_fresh.default lift_fresh_copy.default
    linalg_cholesky.default linalg_cross.default linalg_det.default
    linalg_householder_product.default linalg_inv.default linalg_matrix_exp.default
    linalg_matrix_norm.default linalg_matrix_norm.str_ord linalg_matrix_power.default
    linalg_multi_dot.default linalg_norm.default linalg_norm.ord_str linalg_qr.default
    linalg_slogdet.default linalg_solve.default linalg_solve_triangular.default linalg_svd.default
    linalg_svdvals.default linalg_vecdot.default linalg_vector_norm.default linear.default
    linspace.default log.default log10.default log1p.default log2.default log_sigmoid.default
    log_softmax.int logaddexp.default logaddexp2.default logcumsumexp.default logdet.default
    logical_and.default logical_not.default logical_or.default logical_xor.default logit.default
    logspace.default logsumexp.default __lshift__.Scalar __lshift__.Tensor lstm.input
    lstm_cell.default lt.Scalar lt.Tensor mH.default mT.default masked_fill.Scalar
    masked_fill.Tensor masked_scatter.default matmul.default max.default max.dim max.other
    max_pool1d.default max_pool1d_with_indices.default max_pool2d.default
    max_pool2d_with_indices.default max_pool3d.default max_pool3d_with_indices.default
    max_unpool2d.default max_unpool3d.default maximum.default mean.default mean.dim median.default
    median.dim meshgrid.indexing min.default min.dim min.other minimum.default mish.default
    mm.default moveaxis.int moveaxis.intlist movedim.int movedim.intlist mse_loss.default mul.Scalar
    mul.Tensor multiply.Scalar multiply.Tensor mv.default nan_to_num.default nanmean.default
    nanmedian.default nanmedian.dim nanquantile.default nanquantile.scalar nansum.default
    narrow.default ne.Scalar ne.Tensor neg.default negative.default new_full.default
    new_ones.default new_zeros.default nll_loss_nd.default norm.Scalar norm.ScalarOpt_dim
    not_equal.Scalar not_equal.Tensor numpy_T.default one_hot.default ones.default ones_like.default
    __or__.Scalar __or__.Tensor outer.default pad.default pairwise_distance.default permute.default
    pixel_shuffle.default pixel_unshuffle.default poisson_nll_loss.default polar.default
    polygamma.default positive.default pow.Scalar pow.Tensor_Scalar pow.Tensor_Tensor prelu.default
    prod.default prod.dim_int quantile.default quantile.scalar rad2deg.default real.default
    reciprocal.default relu.default remainder.Scalar remainder.Tensor renorm.default repeat.default
    repeat_interleave.self_int reshape.default reshape_as.default resolve_conj.default
    resolve_neg.default rms_norm.default rnn_relu.input rnn_relu_cell.default rnn_tanh.input
    rnn_tanh_cell.default roll.default rot90.default round.decimals round.default row_stack.default
    rrelu.default __rshift__.Scalar __rshift__.Tensor rsqrt.default rsub.Scalar rsub.Tensor
    _safe_softmax.default scalar_tensor.default scaled_dot_product_attention.default scatter.reduce
    scatter.src scatter.value scatter.value_reduce scatter_add.default scatter_reduce.two
    searchsorted.Scalar searchsorted.Tensor select.int select_scatter.default selu.default
    sgn.default sigmoid.default sign.default signbit.default silu.default sin.default sinc.default
    sinh.default slice.Tensor slice_scatter.default smooth_l1_loss.default softmax.int
    softplus.default softshrink.default sort.default sort.stable special_entr.default
    special_erfcx.default special_exp2.default special_expit.default special_expm1.default
    special_gammaln.default special_log_ndtr.default special_log_softmax.default
    special_logit.default special_logsumexp.default special_ndtr.default special_ndtri.default
    special_polygamma.default special_psi.default special_sinc.default special_softmax.default
    special_xlog1py.default special_xlogy.default split.Tensor split.sizes split_with_sizes.default
    sqrt.default square.default squeeze.default squeeze.dim squeeze.dims stack.default
    std.correction std.default std.dim std_mean.correction std_mean.default std_mean.dim
    stft.default sub.Scalar sub.Tensor subtract.Tensor sum.default sum.dim_IntList swapaxes.default
    swapdims.default t.default take.default tan.default tanh.default tensor_split.indices
    tensor_split.sections tensordot.default threshold.default tile.default to.device to.dtype
    to.dtype_layout to.other _to_copy.default topk.default transpose.int trapezoid.dx trapz.dx
    tril.default tril_indices.default triu.default triu_indices.default true_divide.Scalar
    true_divide.Tensor trunc.default type_as.default unbind.int unflatten.int unfold.default
    _unsafe_view.default unsqueeze.default upsample_bicubic2d.vec _upsample_bicubic2d_aa.vec
    upsample_bilinear2d.vec _upsample_bilinear2d_aa.vec upsample_linear1d.vec upsample_nearest1d.vec
    upsample_nearest2d.vec upsample_nearest3d.vec _upsample_nearest_exact1d.vec
    _upsample_nearest_exact2d.vec _upsample_nearest_exact3d.vec upsample_trilinear3d.vec
    vander.default var.correction var.default var.dim var_mean.correction var_mean.default
    var_mean.dim vdot.default view.default view.dtype view_as.default view_as_complex.default
    view_as_real.default vsplit.int vstack.default _weight_norm.default where.Scalar
    where.ScalarOther where.ScalarSelf where.self xlogy.Scalar_Other xlogy.Tensor __xor__.Scalar
    __xor__.Tensor zeros.default zeros_like.default
"""

PURE = frozenset(f"torch.ops.aten.{name}" for name in _ATEN.split())
"""Of tensors."""

SIZES = frozenset(
    {
        *("torch.ops.aten.sym_size.int", "torch.ops.aten.sym_numel.default"),
        *("_operator.add", "_operator.sub", "_operator.mul", "_operator.floordiv", "_operator.mod"),
    }
)
"""Of the number of rows. No power: of ten squarings of a number nobody knows the end."""

NEVER = {
    "train": {"as_bool": False},
    "training": {"as_bool": False},
    "dropout_p": {"as_float": 0.0},
}
"""Arguments that have one value only: with another one the operator draws, or changes a buffer."""

ADD = (
    "Write forward() without it; or, if it only computes, add its name to "
    "airlock/bundle/operators.py in a change that is reviewed (docs/models.md). No bundle can."
)
"""What to do about a refused operator."""
