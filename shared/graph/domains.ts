/** Operator domains of the nodes that ONNX itself does not have. */

/** Of quantiser nodes (`Quant`, `Trunc`, ...), whatever an exporter called it. */
export const qonnxDomain = "qonnx.custom_op.general";
