package fovea.optim;

/** What all slots of an optimizer share: the numbers of groups that have none of their own, and the factor of the schedule. */
final class Rates {
    final double rate;
    final double decay;
    double factor = 1;

    Rates(double rate, double decay) {
        this.rate = rate;
        this.decay = decay;
    }
}
