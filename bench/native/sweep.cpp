// fovea-sweep conv|gemm|pool|norm|optimizer [--only REGEX] [--threads N] [--rounds N] [--ms N] [--names own:direct,own:plain]
//             [--onednn 0]: without oneDNN by itself, which doubles the time
//
// Runs a family's shapes, every contender in short rounds that take turns, and prints a table: what `auto` reaches, its share of the
// peak measured just before, and how it stands against the best that oneDNN has. Minutes where JMH takes hours, and good enough to
// tune with.
#include "sweep.h"

#include <omp.h>
#if defined(__linux__)
#include <unistd.h>
#endif

int main(int argc, char **argv) {
#if defined(__linux__)
    // As in Java: oneDNN's threads would otherwise look for work on the cores that the next contender needs. OpenMP reads it when it is
    // loaded, hence the new start.
    if (!getenv("GOMP_SPINCOUNT") && !setenv("GOMP_SPINCOUNT", "1000", 0)) execv("/proc/self/exe", argv);
#endif
    sweep::settings s;
    const std::string family = argc > 1 ? argv[1] : "";
    for (int i = 2; i + 1 < argc; i += 2) {
        const std::string option = argv[i], value = argv[i + 1];
        if (option == "--only") s.only = std::regex(value);
        if (option == "--threads") s.threads = atoi(value.c_str());
        if (option == "--rounds") s.rounds = atoi(value.c_str());
        if (option == "--ms") s.milliseconds = atof(value.c_str());
        if (option == "--onednn") s.onednn = value != "0";
        if (option == "--layers") s.layers = value;
        if (option == "--names")
            for (size_t at = 0; at <= value.size();) {
                const size_t end = std::min(value.find(',', at), value.size());
                s.names.push_back(value.substr(at, end - at));
                at = end + 1;
            }
    }
    omp_set_num_threads(s.threads);  // for oneDNN by itself
    setvbuf(stdout, nullptr, _IOLBF, 0);
    if (family == "conv") {
        sweep::convolutions(s);
    } else if (family == "gemm") {
        sweep::products(s);
    } else if (family == "pool") {
        sweep::pools(s);
    } else if (family == "norm") {
        sweep::norms(s);
    } else if (family == "optimizer") {
        sweep::optimizers(s);
    } else {
        fprintf(stderr, "fovea-sweep conv|gemm|pool|norm|optimizer [--only REGEX] [--threads N] [--rounds N] [--ms N] [--names A,B]\n");
        return 2;
    }
}
