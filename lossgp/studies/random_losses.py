r"""Random trees of middling and bad quality, beside the known losses in a fixed set.

They are what random search draws with seed 12 behind the default screen, of its 64 candidates these
15, from the best to dead ones as single trainings under the protocol digits-mlp have it:

    lossgp evolve --algorithm random --protocol digits-mlp --seed 12 --population 64 \
        --generations 1 --seeds 1
"""

from __future__ import annotations

RANDOM_LOSSES = {
    "tree 1": ("sin((cos(-2.9411430749425005) + y_pred) * (4.048579491000767 + y_pred + y_real))"),
    "tree 2": (
        "(exp(-0.7966517731952028) + exp(-3.6396658063432175) - (cos(0.3765200947345937) "
        "+ y_real * -3.1320244708986813)) * sin(sin(y_pred + y_real))"
    ),
    "tree 3": "log(y_pred - y_real) + sin(cos(y_pred))",
    "tree 4": "sqrt(sin(y_pred) + log(y_real))",
    "tree 5": (
        "exp(cos(exp(cos(2.0510449942172606)) * (y_pred + y_real - exp(1.6483493777731715))))"
    ),
    "tree 6": "cos(exp(y_pred) - exp(y_real))",
    "tree 7": "sin(-2.2603413180160215 * exp(1.8034302255879497) * cos(y_real - y_pred))",
    "tree 8": "cos(y_real * y_pred) - sin(log(y_pred)) + (sin(sin(y_pred)) + log(y_pred))",
    "tree 9": "cos(y_real / y_real + (-2.721089919739146 + y_pred)) * exp(sqrt(sqrt(y_real)))",
    "tree 10": "sqrt(cos(y_pred) * sqrt(y_real))",
    "tree 11": "cos(exp(y_real - y_pred))",
    "tree 12": "log(exp(exp(y_real)) + log(exp(y_pred)))",
    "tree 13": "sin(sqrt(y_pred / y_real)) * exp(sin(-4.993847518208469 * -1.1353696940004765))",
    "tree 14": "sqrt(y_pred / y_real) - (y_real + log(4.373857961254146))",
    "tree 15": "sqrt(cos(sin(y_pred))) - sin(y_real)",
}
