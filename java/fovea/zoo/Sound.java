package fovea.zoo;

import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.conv1d;
import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.globalAvgPool;
import static fovea.nn.Layers.maxPool1d;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.sequential;

import fovea.Shape;
import fovea.data.Sounds;
import fovea.nn.Model;
import fovea.nn.Sequential;
import fovea.optim.Adam;
import fovea.optim.Optimizer;
import fovea.optim.Schedule;
import fovea.optim.Sgd;
import java.util.List;

/**
 * Two ways to hear. The first reads the wave itself (Dai, Dai, Qu, Li and Das, "Very deep convolutional neural networks for raw
 * waveforms", 2017): a first layer of long filters with a stride, which becomes a bank of band-pass filters, then filters of three between
 * max-pools of four, batch norm throughout, and the mean over time in place of dense layers. The second sees a spectrogram as an image
 * (Piczak 2015, Hershey et al. 2017), where a chirp is a slanted line. Both are faithful in kind and smaller: a quarter of a second at 4 kHz
 * instead of seconds at 8 to 16 kHz, fewer filters and layers.
 */
final class Sound {
    private Sound() {
    }

    static List<Zoo.Entry> entries() {
        return List.of(
                new Zoo.Entry("sound-cnn", "a 1-D CNN that hears waves, after Dai et al. 2017", Shape.of(1, Sounds.LENGTH), 8, Sound::wave,
                        new Recipe(6, 16, 0.01, Sound::adam, Schedule::oneCycle),
                        new Recipe(100, 128, 0.001, (model, rate) -> new Adam(model.parameters(), new Adam.Options(rate).decay(1e-4)),
                                _ -> Schedule.constant())
                                .differs("the number of epochs is the smallest that the paper names, and the rate Adam's usual one")),
                new Zoo.Entry("spectrogram-cnn", "a CNN that sees spectrograms, after Piczak 2015", Shape.of(1, 64, 29), 8,
                        Sound::spectrogram, new Recipe(6, 16, 0.01, Sound::adam, Schedule::oneCycle),
                        new Recipe(300, 1000, 0.002,
                                (model, rate) -> new Sgd(model.parameters(), new Sgd.Options(rate, 0.9, 1e-3).nesterov(true)),
                                _ -> Schedule.constant()).differs("without dropout, as the network has no hidden dense layers")));
    }

    private static Optimizer adam(Model model, double rate) {
        return new Adam(model.parameters(), new Adam.Options(rate));
    }

    /** Samples are [1, 1024]. */
    static Sequential wave(int classes) {
        return sequential(
                conv1d(32, 32).stride(4).padding(14).bias(false), batchNorm(), relu(), maxPool1d(4),  // [1, 1024] -> [32, 64]
                conv1d(32, 3).padding(1).bias(false), batchNorm(), relu(), maxPool1d(4),  //                       -> [32, 16]
                conv1d(64, 3).padding(1).bias(false), batchNorm(), relu(),  //                                     -> [64, 16]
                globalAvgPool(), flatten(), dense(classes));
    }

    /** Samples are [1, 64, 29]: frequency times time. */
    static Sequential spectrogram(int classes) {
        return sequential(
                conv2d(8, 3).padding(1).bias(false), batchNorm(), relu(), maxPool2d(2),  //  [1, 64, 29] -> [8, 32, 14]
                conv2d(16, 3).padding(1).bias(false), batchNorm(), relu(), maxPool2d(2),  //             -> [16, 16, 7]
                conv2d(32, 3).padding(1).bias(false), batchNorm(), relu(),  //                           -> [32, 16, 7]
                globalAvgPool(), flatten(), dense(classes));
    }
}
