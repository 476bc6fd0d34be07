package fovea.zoo;

import static fovea.nn.Layers.batchNorm;
import static fovea.nn.Layers.conv3d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.maxPool3d;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.sequential;

import fovea.Shape;
import fovea.data.Clips;
import fovea.nn.Sequential;
import fovea.optim.Adam;
import fovea.optim.Schedule;
import java.util.List;

/**
 * Convolution over time as well (C3D: Tran, Bourdev, Fergus, Torresani and Paluri, "Learning spatiotemporal features with 3D convolutional
 * networks", 2015). Faithful are the 3x3x3 filters throughout, and a first pool that leaves time alone so that motion is not lost early.
 * Smaller are clips and network, three layers for 24 x 24 in place of eight for 112 x 112; batch norm is modern.
 */
final class Video {
    private Video() {
    }

    static List<Zoo.Entry> entries() {
        return List.of(new Zoo.Entry("video-cnn", "a 3-D CNN over clips, after C3D", Shape.of(1, Clips.FRAMES, Clips.SIDE, Clips.SIDE), 8,
                Video::c3d,
                new Recipe(4, 16, 0.004, (model, rate) -> new Adam(model.parameters(), new Adam.Options(rate)), Schedule::oneCycle),
                new Recipe(16, 30, 0.003, Recipe.sgd(0.9, 5e-4), total -> Schedule.multiStep(0.1, total / 4, total / 2, total * 3 / 4))));
    }

    /** Samples are [1, 8, 24, 24]: frames, height, width. */
    static Sequential c3d(int classes) {
        return sequential(
                conv3d(8, 3).padding(1).bias(false), batchNorm(), relu(), maxPool3d(1, 2, 2),  // [1, 8, 24, 24] -> [8, 8, 12, 12]
                conv3d(16, 3).padding(1).bias(false), batchNorm(), relu(), maxPool3d(2),  //                     -> [16, 4, 6, 6]
                conv3d(32, 3).padding(1).bias(false), batchNorm(), relu(), maxPool3d(2),  //                     -> [32, 2, 3, 3]
                flatten(), dense(classes));
    }
}
