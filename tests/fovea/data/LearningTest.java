package fovea.data;

import static fovea.nn.Layers.conv2d;
import static fovea.nn.Layers.dense;
import static fovea.nn.Layers.flatten;
import static fovea.nn.Layers.maxPool2d;
import static fovea.nn.Layers.relu;
import static fovea.nn.Layers.sequential;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.Mode;
import fovea.Session;
import fovea.nn.Model;
import fovea.optim.Sgd;
import org.junit.jupiter.api.Test;

/** The program that the library is for, on the data that is always there. {@code -Dfovea.digits=60000} makes it the whole set. */
class LearningTest {
    private static double accuracy(Session session, Model model, Dataset test) {
        var right = 0;
        for (var batch : test.batches(100)) {
            try (var step = session.step(Mode.EVAL)) {
                var logits = model.forward(step.input(batch)).toArray();
                for (var i = 0; i < batch.size(); i++) {
                    var best = 0;
                    for (var c = 1; c < 10; c++) {
                        best = logits[i * 10 + c] > logits[i * 10 + best] ? c : best;
                    }
                    right += best == batch.label(i) ? 1 : 0;
                }
            }
        }
        return (double) right / test.size();
    }

    @Test
    void aLeNetLearnsTheBuiltInDigits() {
        var n = Integer.getInteger("fovea.digits", 4000);
        var digits = Digits.split(n, Math.min(10_000, n / 4), 28, 0);
        var lenet = sequential(conv2d(6, 5).padding(2), relu(), maxPool2d(2), conv2d(16, 5), relu(), maxPool2d(2), flatten(), dense(120),
                relu(), dense(84), relu(), dense(10));
        try (var session = Session.open()) {
            var model = lenet.build(session, digits.train().imageShape(), 42);
            var sgd = new Sgd(model.parameters(), new Sgd.Options(0.05f, 0.9f, 5e-4f));
            for (var epoch = 1; epoch <= 4; epoch++) {
                for (var batch : digits.train().shuffled(epoch).batches(32)) {
                    try (var step = session.step(Mode.TRAIN)) {
                        step.backward(model.forward(step.input(batch)).crossEntropy(batch.labels()));
                        sgd.step();
                    }
                }
                System.out.printf("digits: after epoch %d %.4f of the test digits are named%n", epoch,
                        accuracy(session, model, digits.test()));
            }
            assertTrue(accuracy(session, model, digits.test()) > 0.8);
        }
    }
}
