"""Records muon.json: weights under torch.optim.Muon. Its orthogonalisation, which PyTorch does in bfloat16, is done in float64 here,
so that the record is of the rule and not of its rounding. Usage: python muon.py > muon.json (PyTorch 2.13)"""
import json
import torch

STEPS = 6
torch.Tensor.bfloat16 = lambda tensor: tensor.double().clone()
torch.manual_seed(3)
cases = []
for rows, columns, options in [(4, 6, {}), (6, 4, {}), (5, 5, {"nesterov": False}), (3, 18, {"momentum": 0.8}), (20, 3, {"weight_decay": 0.0}),
                               (1, 7, {"ns_steps": 3})]:
    w = torch.nn.Parameter(torch.randn(rows, columns).double() * 0.5)
    case = {"rows": rows, "columns": columns, "options": options, "start": w.detach().float().flatten().tolist()}
    w.data = w.data.float().double()
    gradients = [torch.randn(rows, columns) for _ in range(STEPS)]
    muon = torch.optim.Muon([w], lr=0.02, **options)
    for gradient in gradients:
        w.grad = gradient.double()
        muon.step()
    case["gradients"] = [g.flatten().tolist() for g in gradients]
    case["end"] = w.detach().flatten().tolist()
    cases.append(case)
print(json.dumps({"made_with": "PyTorch " + torch.__version__, "rate": 0.02, "cases": cases}))
