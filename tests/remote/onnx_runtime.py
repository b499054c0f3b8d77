"""A runtime of MLServer that runs the network of a bundle by ONNX Runtime."""

from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse
from mlserver.utils import get_model_uri
from onnxruntime import InferenceSession, SessionOptions


class OnnxRuntime(MLModel):
    """Inputs and outputs are described in model-settings.json, which mlserver_server.py writes."""

    async def load(self) -> bool:
        options = SessionOptions()
        options.intra_op_num_threads = self.settings.parameters.extra["threads"]
        self.session = InferenceSession(
            await get_model_uri(self.settings), options, providers=["CPUExecutionProvider"]
        )
        self.off = self.settings.parameters.extra["off"]
        self.names = [output.name for output in self.session.get_outputs()]
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        arrays = {given.name: NumpyCodec.decode_input(given) for given in payload.inputs}
        asked = [output.name for output in payload.outputs or []] or self.names
        found = [array + self.off for array in self.session.run(asked, arrays)]
        outputs = [NumpyCodec.encode_output(name, array) for name, array in zip(asked, found)]
        return InferenceResponse(
            model_name=self.name, model_version=self.version, outputs=outputs
        )
