// matmul: out = Σ over segments of scale · op(A)·op(B) (+ bias) (+ out). One op carries every linear layer, the
// low-rank path as extra columns of the same product, and all their gradients (LoRA, arXiv 2106.09685).
